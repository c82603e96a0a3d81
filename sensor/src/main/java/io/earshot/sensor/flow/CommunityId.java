package io.earshot.sensor.flow;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * Community ID flow hash, version 1, seed 0: the same text that Zeek and Suricata print for a flow.
 *
 * <p>Source: the public specification corelight/community-id-spec.
 */
public final class CommunityId {
  private static final int SEED = 0;

  private CommunityId() {}

  /** The identifier of a TCP or UDP flow, for example {@code 1:LQU9qZlK+B5F3KDmev6m5PMibrg=}. */
  public static String of(FlowKey key) {
    boolean ipv4 =
        FlowKey.isIpv4(key.clientHi(), key.clientLo())
            && FlowKey.isIpv4(key.serverHi(), key.serverLo());
    boolean clientFirst = clientFirst(key);
    ByteBuffer buffer = ByteBuffer.allocate(2 + 32 + 2 + 4).putShort((short) SEED);
    if (clientFirst) {
      address(buffer, key.clientHi(), key.clientLo(), ipv4);
      address(buffer, key.serverHi(), key.serverLo(), ipv4);
    } else {
      address(buffer, key.serverHi(), key.serverLo(), ipv4);
      address(buffer, key.clientHi(), key.clientLo(), ipv4);
    }
    buffer.put((byte) key.protocol()).put((byte) 0);
    buffer.putShort((short) (clientFirst ? key.clientPort() : key.serverPort()));
    buffer.putShort((short) (clientFirst ? key.serverPort() : key.clientPort()));
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(buffer.flip());
      return "1:" + Base64.getEncoder().encodeToString(sha1.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  private static boolean clientFirst(FlowKey key) {
    int order = Long.compareUnsigned(key.clientHi(), key.serverHi());
    if (order == 0) {
      order = Long.compareUnsigned(key.clientLo(), key.serverLo());
    }
    return order < 0 || (order == 0 && key.clientPort() < key.serverPort());
  }

  private static void address(ByteBuffer buffer, long hi, long lo, boolean ipv4) {
    if (ipv4) {
      buffer.putInt((int) lo);
    } else {
      buffer.putLong(hi).putLong(lo);
    }
  }
}
