package io.earshot.sensor.identify.tls;

/** What a hello assembler says after each piece of a flow; every value but the first is final. */
public enum AssemblyResult {
  /** Consistent so far, undecided: offer the next piece. */
  NEED_MORE,
  /** The client hello is complete and was read. */
  COMPLETE,
  /** The bytes are not the start of the protocol: look elsewhere. */
  NOT_TLS,
  /** Known, and not read on purpose: DTLS, Google's pre-IETF QUIC. */
  UNSUPPORTED,
  /** A bound was reached first: too large, a gap that stays, too many pieces. */
  GAVE_UP,
  /** The protocol, but broken: a length that lies, a record of another kind in the middle. */
  MALFORMED
}
