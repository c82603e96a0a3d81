package io.earshot.models.simulate;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Builds DNS questions and answers (RFC 1035, AAAA RFC 3596). */
final class NameLookup {
  private static final int CNAME = 5;

  private NameLookup() {}

  static byte[] query(int id, String name, int addressBytes) {
    ByteBuffer out = ByteBuffer.allocate(512);
    header(out, id, 0x0100, 0);
    question(out, name, addressBytes);
    return Arrays.copyOf(out.array(), out.position());
  }

  /** An answer; with an alias between where {@code alias} is not empty. */
  static byte[] answer(int id, String name, String alias, byte[] address, int ttlSeconds) {
    ByteBuffer out = ByteBuffer.allocate(512);
    header(out, id, 0x8180, alias.isEmpty() ? 1 : 2);
    question(out, name, address.length);
    int owner = 12;
    if (!alias.isEmpty()) {
      out.putShort((short) (0xc000 | owner)).putShort((short) CNAME).putShort((short) 1);
      out.putInt(ttlSeconds * 3);
      int lengthAt = out.position();
      out.putShort((short) 0);
      owner = out.position();
      name(out, alias);
      out.putShort(lengthAt, (short) (out.position() - owner));
    }
    out.putShort((short) (0xc000 | owner)).putShort(type(address.length)).putShort((short) 1);
    out.putInt(ttlSeconds).putShort((short) address.length).put(address);
    return Arrays.copyOf(out.array(), out.position());
  }

  private static short type(int addressBytes) {
    return (short) (addressBytes == 16 ? 28 : 1);
  }

  private static void header(ByteBuffer out, int id, int flags, int answers) {
    out.putShort((short) id).putShort((short) flags).putShort((short) 1);
    out.putShort((short) answers).putInt(0);
  }

  private static void question(ByteBuffer out, String name, int addressBytes) {
    name(out, name);
    out.putShort(type(addressBytes)).putShort((short) 1);
  }

  private static void name(ByteBuffer out, String name) {
    int from = 0;
    while (from < name.length()) {
      int dot = name.indexOf('.', from);
      int to = dot < 0 ? name.length() : dot;
      out.put((byte) (to - from));
      out.put(name.substring(from, to).getBytes(StandardCharsets.US_ASCII));
      from = to + 1;
    }
    out.put((byte) 0);
  }
}
