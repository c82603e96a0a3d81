package io.earshot.sensor.identify.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReassemblyBufferTest {
  @Test
  void offer_randomPieces_equalsAPlainModel() {
    Random random = new Random(3);
    for (int round = 0; round < 300; round++) {
      ReassemblyBuffer buffer = new ReassemblyBuffer();
      int[] model = new int[ReassemblyBuffer.CAPACITY];
      Arrays.fill(model, -1);
      long conflicts = 0;
      for (int i = 0; i < 60; i++) {
        byte[] piece = new byte[1 + random.nextInt(400)];
        random.nextBytes(piece);
        int position = random.nextInt(3000) - 200;
        assertThat(buffer.offer(position, MemorySegment.ofArray(piece), 0, piece.length)).isTrue();
        for (int j = 0; j < piece.length; j++) {
          int at = position + j;
          if (at >= 0 && model[at] < 0) {
            model[at] = piece[j] & 0xff;
          } else if (at >= 0 && model[at] != (piece[j] & 0xff)) {
            conflicts++;
          }
        }
        int contiguous = 0;
        while (model[contiguous] >= 0) {
          contiguous++;
        }
        assertThat(buffer.contiguous()).isEqualTo(contiguous);
      }
      for (int i = 0; i < buffer.contiguous(); i++) {
        assertThat(buffer.array()[i] & 0xff).isEqualTo(model[i]);
      }
      assertThat(buffer.conflictingBytes()).isEqualTo(conflicts);
    }
  }

  @Test
  void offer_beyondCapacity_keepsWhatFits() {
    ReassemblyBuffer buffer = new ReassemblyBuffer();
    byte[] large = new byte[ReassemblyBuffer.CAPACITY + 1];

    assertThat(buffer.offer(0, MemorySegment.ofArray(large), 0, large.length)).isFalse();
    assertThat(buffer.contiguous()).isEqualTo(ReassemblyBuffer.CAPACITY);
    assertThat(buffer.offer(Integer.MAX_VALUE, MemorySegment.ofArray(large), 0, large.length))
        .isFalse();
    assertThat(buffer.offer(Integer.MIN_VALUE, MemorySegment.ofArray(large), 0, large.length))
        .isTrue();
  }

  @Test
  void discard_contiguousPrefix_keepsTheRest() {
    ReassemblyBuffer buffer = new ReassemblyBuffer();
    byte[] bytes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    MemorySegment data = MemorySegment.ofArray(bytes);
    buffer.offer(0, data, 0, 4);
    buffer.offer(6, data, 6, 4);
    buffer.discard(3);

    assertThat(buffer.contiguous()).isEqualTo(1);
    assertThat(buffer.hasGap()).isTrue();
    buffer.offer(1, data, 4, 2);
    assertThat(buffer.contiguous()).isEqualTo(7);
    assertThat(Arrays.copyOf(buffer.array(), 7)).containsExactly(3, 4, 5, 6, 7, 8, 9);
    buffer.discard(7);
    assertThat(buffer.contiguous()).isZero();
  }
}
