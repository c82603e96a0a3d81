package io.earshot.sensor.identify;

import java.util.Arrays;

/**
 * Cuts the bytes of a fuzzer into pieces: the last byte says how long the pieces are, the one
 * before it in which order and how often they come. What is left is the stream.
 */
public final class Pieces {
  private final byte[] stream;
  private final int length;
  private final int step;

  public Pieces(byte[] data) {
    int end = Math.max(0, data.length - 2);
    stream = Arrays.copyOf(data, end);
    length = data.length < 2 ? 1 : 1 + (data[data.length - 1] & 0xff) * 8;
    step = data.length < 2 ? 1 : data[end] & 0xff;
  }

  /** Takes one piece. */
  public interface Taker {
    void piece(int position, byte[] bytes);
  }

  /** Hands on the pieces in the order that the data asks for; some come twice, some never. */
  public void forEach(Taker taker) {
    int count = (stream.length + length - 1) / length;
    int stride = step == 0 ? 1 : step;
    for (int i = 0; i < count; i++) {
      int at = (int) ((long) i * stride % count) * length;
      taker.piece(at, Arrays.copyOfRange(stream, at, Math.min(stream.length, at + length)));
    }
  }
}
