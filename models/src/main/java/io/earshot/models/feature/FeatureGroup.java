package io.earshot.models.feature;

/** The three sources of numbers in a window's feature vector, in the order of the vector. */
public enum FeatureGroup {
  /** Group A: the 37 in-window statistics of the original offline classifier. */
  REFERENCE,
  /** Group B: direction-aware and transport statistics of the window. */
  TRANSPORT,
  /** Group C: what the stream has shown up to the end of the window. */
  STREAM
}
