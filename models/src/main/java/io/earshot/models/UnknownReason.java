package io.earshot.models;

import java.util.Locale;

/** Why a verdict is {@code unknown}. */
public enum UnknownReason {
  /** No audio byte was seen for as long as an answer could last: cached, paused or only control. */
  NO_AUDIO,
  /** Audio was seen, but too little to tell one bitrate from another. */
  INSUFFICIENT_EVIDENCE,
  /** The model's best class is not clearly ahead. */
  LOW_CONFIDENCE,
  /** The capture itself lost packets of the stream. */
  CAPTURE_LOSS,
  /** Only one direction of the stream was captured. */
  ONE_SIDED,
  /** Frames larger than the MTU: receive offload on the mirror host falsifies sizes. */
  OFFLOAD,
  /** A feature lies outside the range the model was trained on. */
  IMPLAUSIBLE;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Lower-case name as in documents and output, for example {@code no_audio}. */
  public String label() {
    return label;
  }
}
