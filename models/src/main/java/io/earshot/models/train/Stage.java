package io.earshot.models.train;

/** How much a stream has shown when its verdict is judged. */
public enum Stage {
  /** The first window that ends with a whole audio object; native clients only. */
  FIRST_OBJECT("first audio object fetched (native)"),
  /** The first track whose audio was captured has been played; native clients only. */
  FIRST_TRACK("first track played (native)"),
  /** Three such tracks, or in the web player 60 s of playback. */
  THREE_TRACKS("three tracks played, or 60 s in the web player"),
  /** Two tracks have been played that were fetched after a change of quality. */
  TWO_TRACKS_AFTER_CHANGE("two tracks played after a change of quality"),
  /** The end of a session that has reached three tracks, or 60 s in the web player. */
  END("end of sessions of three tracks, or 60 s in the web player");

  private final String title;

  Stage(String title) {
    this.title = title;
  }

  /** What the tables call it. */
  public String title() {
    return title;
  }
}
