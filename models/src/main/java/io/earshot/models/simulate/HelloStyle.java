package io.earshot.models.simulate;

/** Shapes of client hellos by TLS library; sizes in bytes of the whole record. */
enum HelloStyle {
  /** Desktop with a post-quantum key share: two TCP segments. */
  DESKTOP(1976, 2049, true, true),
  /** Browser with a post-quantum key share. */
  BROWSER(1740, 2113, true, true),
  /** Padded to the classic 517 bytes. */
  PADDED(517, 517, false, true),
  /** rustls, Go and Java: short, no GREASE. */
  PLAIN(230, 340, false, false);

  final int low;
  final int high;
  final boolean postQuantum;
  final boolean grease;

  HelloStyle(int low, int high, boolean postQuantum, boolean grease) {
    this.low = low;
    this.high = high;
    this.postQuantum = postQuantum;
    this.grease = grease;
  }
}
