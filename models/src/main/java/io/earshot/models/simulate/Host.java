package io.earshot.models.simulate;

/** A server: name, address and how far behind the access link it stands. */
final class Host {
  final String name;
  final byte[] address;
  final long extraRttNanos;

  /** Bytes that a TLS record adds to its payload: 17 in TLS 1.3 (RFC 8446), 24 in 1.2 AES-GCM. */
  final int recordOverhead;

  Host(String name, byte[] address, long extraRttNanos, int recordOverhead) {
    this.name = name;
    this.address = address;
    this.extraRttNanos = extraRttNanos;
    this.recordOverhead = recordOverhead;
  }
}
