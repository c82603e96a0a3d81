package io.earshot.sensor.identify.quic;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The versions of QUIC whose Initial packets anybody on the path can read, with what their keys are
 * made from.
 *
 * <p>Sources: RFC 9001 section 5.2 (version 1; the drafts' texts for theirs), RFC 9369 section 3
 * (version 2), and for versions that no RFC describes the dissector of wireshark/wireshark ({@code
 * epan/dissectors/packet-quic.c}).
 */
enum QuicVersion {
  /** Draft 22 and Facebook's first of that time. */
  DRAFT_22("7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a", "quic", 0),
  /** Drafts 23 to 28 and Facebook's of that time. */
  DRAFT_23("c3eef712c72ebb5a11a7d2432bb46365bef9f502", "quic", 0),
  /** Drafts 29 to 32. */
  DRAFT_29("afbfec289993d24c9e9786f19c6111e04390a899", "quic", 0),
  /** RFC 9000, and the drafts 33 and 34. */
  V1("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "quic", 0),
  /** RFC 9369. */
  V2("0dede3def700a6db819381be6e269dcbf9bd2ed9", "quicv2", 1),
  /** Version 2 while it was a draft. */
  V2_DRAFT("a707c203a59b47184a1d62ca570406ea7ae3e5d3", "quicv2", 1),
  /** Google's first version with a TLS handshake. */
  T050("7ff579e5acd072915580304c43a2367c60488310", "quic", 0),
  /** Google's second. */
  T051("7a4edef4e7ccee5fa4506c19124fc8ccda6e033d", "quic", 0);

  static final int INITIAL = 0;
  static final int ZERO_RTT = 1;
  static final int HANDSHAKE = 2;
  static final int RETRY = 3;

  private static final int V1_NUMBER = 1;
  private static final int V2_NUMBER = 0x6b3343cf;
  private static final int V2_DRAFT_NUMBER = 0x709a50c4;
  private static final int T050_NUMBER = 0x54303530;
  private static final int T051_NUMBER = 0x54303531;
  private static final int MVFST_22 = 0xfaceb001;
  private static final int MVFST_27 = 0xfaceb002;
  private static final int MVFST_EXPERIMENT = 0xfaceb00e;
  private static final int DRAFT = 0xff000000;

  private final String saltHex;
  private final String label;
  private final int typeShift;

  QuicVersion(String saltHex, String label, int typeShift) {
    this.saltHex = saltHex;
    this.label = label;
    this.typeShift = typeShift;
  }

  /** The version of a long header's field, null for one whose Initials are not read. */
  static @Nullable QuicVersion of(int number) {
    return switch (number) {
      case V1_NUMBER -> V1;
      case V2_NUMBER -> V2;
      case V2_DRAFT_NUMBER -> V2_DRAFT;
      case T050_NUMBER -> T050;
      case T051_NUMBER -> T051;
      case MVFST_22 -> DRAFT_22;
      case MVFST_27, MVFST_EXPERIMENT -> DRAFT_23;
      default -> {
        int draft = number - DRAFT;
        if (draft < 22 || draft > 34) {
          yield null;
        }
        yield draft >= 33 ? V1 : draft >= 29 ? DRAFT_29 : draft >= 23 ? DRAFT_23 : DRAFT_22;
      }
    };
  }

  /** Salt of the initial secret. */
  byte[] salt() {
    return HexFormat.of().parseHex(saltHex);
  }

  /** Label of a key: {@code key}, {@code iv} or {@code hp}. */
  String label(String key) {
    return label + " " + key;
  }

  /** Frame type that carries the handshake: Google kept its own frames under the TLS handshake. */
  int cryptoFrame() {
    return this == T050 || this == T051 ? 0x08 : 0x06;
  }

  /**
   * Packet type of a long header as version 1 numbers it (RFC 9000 section 17.2, RFC 9369 section
   * 3.2).
   */
  int packetType(int firstByte) {
    return ((firstByte >> 4 & 3) - typeShift) & 3;
  }
}
