package io.earshot.models.simulate;

import java.util.Arrays;

/** Packets in flight as columns of primitives; slots are taken and given back. */
final class Packets {
  static final int SYN = 1;
  static final int FIN = 2;
  static final int PUSH = 4;
  static final int ACK = 8;

  /** The acknowledgement covers the peer's FIN. */
  static final int ACKS_FIN = 16;

  /** Carries bytes of a client hello. */
  static final int HELLO = 32;

  static final int FROM_CLIENT = 64;
  static final int SACK_BLOCKS = 3;

  int[] connection = new int[256];
  int[] flags = new int[256];
  long[] sequence = new long[256];
  int[] length = new int[256];
  long[] acknowledged = new long[256];

  /** Index of the segment at its sender, or -1. */
  int[] segment = new int[256];

  /** How many different segments the sender of this packet had received. */
  int[] received = new int[256];

  /** How many different payload bytes the sender of this packet had received. */
  long[] distinct = new long[256];

  long[] sentNanos = new long[256];

  /** When the packet that caused this acknowledgement had been sent, or -1. */
  long[] echoNanos = new long[256];

  int[] echoSegment = new int[256];
  long[] window = new long[256];
  int[] sackCount = new int[256];
  long[] sackStart = new long[256 * SACK_BLOCKS];
  long[] sackEnd = new long[256 * SACK_BLOCKS];

  /** Scratch of the network: when the packet arrives at the far end. */
  long[] arrivalNanos = new long[256];

  private int[] free = new int[256];
  private int freeCount;
  private int used;

  int take() {
    if (freeCount > 0) {
      return free[--freeCount];
    }
    if (used == flags.length) {
      grow(used * 2);
    }
    return used++;
  }

  void giveBack(int packet) {
    free[freeCount++] = packet;
  }

  boolean fromClient(int packet) {
    return (flags[packet] & FROM_CLIENT) != 0;
  }

  private void grow(int size) {
    connection = Arrays.copyOf(connection, size);
    flags = Arrays.copyOf(flags, size);
    sequence = Arrays.copyOf(sequence, size);
    length = Arrays.copyOf(length, size);
    acknowledged = Arrays.copyOf(acknowledged, size);
    segment = Arrays.copyOf(segment, size);
    received = Arrays.copyOf(received, size);
    distinct = Arrays.copyOf(distinct, size);
    sentNanos = Arrays.copyOf(sentNanos, size);
    echoNanos = Arrays.copyOf(echoNanos, size);
    echoSegment = Arrays.copyOf(echoSegment, size);
    window = Arrays.copyOf(window, size);
    sackCount = Arrays.copyOf(sackCount, size);
    sackStart = Arrays.copyOf(sackStart, size * SACK_BLOCKS);
    sackEnd = Arrays.copyOf(sackEnd, size * SACK_BLOCKS);
    arrivalNanos = Arrays.copyOf(arrivalNanos, size);
    free = Arrays.copyOf(free, size);
  }
}
