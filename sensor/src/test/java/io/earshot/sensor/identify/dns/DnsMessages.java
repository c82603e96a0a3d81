package io.earshot.sensor.identify.dns;

import static io.earshot.sensor.identify.tls.TlsHellos.concat;
import static io.earshot.sensor.identify.tls.TlsHellos.sized;
import static io.earshot.sensor.identify.tls.TlsHellos.u16s;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Builds DNS messages for tests of any package. */
public final class DnsMessages {
  private final List<byte[]> questions = new ArrayList<>();
  private final List<byte[]> answers = new ArrayList<>();
  private int flags = 0x8180;

  /** Makes it a query, or a response of another kind. */
  public DnsMessages flags(int value) {
    flags = value;
    return this;
  }

  /** Adds a question of type A. */
  public DnsMessages question(String name) {
    questions.add(concat(name(name), u16s(1, 1)));
    return this;
  }

  /** Adds an answer of class IN. */
  public DnsMessages answer(byte[] owner, int type, int ttlSeconds, byte[] data) {
    answers.add(concat(owner, u16s(type, 1, ttlSeconds >>> 16, ttlSeconds), sized(2, data)));
    return this;
  }

  /** The message. */
  public byte[] build() {
    return concat(
        u16s(0x1234, flags, questions.size(), answers.size(), 0, 0),
        concat(questions.toArray(byte[][]::new)),
        concat(answers.toArray(byte[][]::new)));
  }

  /** A pointer to the name of the first question. */
  public static byte[] firstName() {
    return new byte[] {(byte) 0xc0, 12};
  }

  /** A name without compression. */
  public static byte[] name(String name) {
    byte[] out = {};
    for (String label : name.split("\\.", -1)) {
      out = concat(out, sized(1, label.getBytes(StandardCharsets.ISO_8859_1)));
    }
    return concat(out, new byte[1]);
  }
}
