package io.earshot.models.train;

/** What windows must share to stay on the same side of a split. */
public enum Grouping {
  /** A session or a link: figures hold for links never seen. */
  SESSION_AND_LINK,
  /** A session only: for data from a single link; figures then say nothing about other links. */
  SESSION
}
