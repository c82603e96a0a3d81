package io.earshot.models.simulate;

import java.util.Locale;

/**
 * The clients that can be played.
 *
 * <p>Sources: {@code DESKTOP_2025}, {@code DESKTOP_LOSSLESS}, {@code WEB_*} were measured on real
 * captures; {@code DESKTOP_2018} was reported; the open clients follow their sources; {@code
 * MOBILE}, {@code DESKTOP_QUIC} and {@code WEB_H3} are inferred, because no capture of them is
 * known.
 */
public enum ClientProfile {
  /** Native desktop, whole tracks in ranges of up to 9 MiB over HTTP/1.1, two tracks ahead. */
  DESKTOP_2025,
  /** Native desktop with FLAC over HTTP/2. */
  DESKTOP_LOSSLESS,
  /** Native desktop whose audio host speaks HTTP/3 (inferred from the HTTP/2 shape). */
  DESKTOP_QUIC,
  /** Older native desktop: ranges of 512 KiB. */
  DESKTOP_2018,
  /** librespot: 64 KiB, then ranges that grow with the throughput. */
  LIBRESPOT,
  /** librespot-java: chunks of 128 KiB, three ahead of the playing position. */
  LIBRESPOT_JAVA,
  /** go-librespot: chunks of 512 KiB, three ahead. */
  GO_LIBRESPOT,
  /** psst: 6 KiB, 64 KiB, then 256 KiB ahead of the playing position. */
  PSST,
  /** Web player over HTTP/1.1: segments of ten seconds. */
  WEB_H1,
  /** Web player over HTTP/2: segments of ten seconds. */
  WEB_H2,
  /** Web player whose audio host speaks HTTP/3 (inferred from the HTTP/2 shape). */
  WEB_H3,
  /** Mobile: a head file of 128 KiB, then the whole track. */
  MOBILE;

  private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** Lower-case name as in the labels file, for example {@code desktop-2025}. */
  public String label() {
    return label;
  }

  boolean web() {
    return this == WEB_H1 || this == WEB_H2 || this == WEB_H3;
  }

  boolean nativeDesktop() {
    return switch (this) {
      case DESKTOP_2025, DESKTOP_LOSSLESS, DESKTOP_QUIC, DESKTOP_2018 -> true;
      default -> false;
    };
  }

  boolean openClient() {
    return switch (this) {
      case LIBRESPOT, LIBRESPOT_JAVA, GO_LIBRESPOT, PSST -> true;
      default -> false;
    };
  }
}
