package io.earshot.sensor.identify.tls;

/** Outcome of {@link ClientHelloParser#parse}. */
public sealed interface HelloResult {
  /** The hello was read. */
  record Parsed(ClientHello hello) implements HelloResult {}

  /** Why it was not. */
  enum Failure implements HelloResult {
    /** A length runs past the end of the message. */
    TRUNCATED,
    /** A field has a value that no client sends. */
    MALFORMED
  }
}
