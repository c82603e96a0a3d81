package io.earshot.sensor.identify.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HandshakeAssemblerTest {
  private static final long BASE = 0xffff_ff80L;
  private static final TlsHellos HELLO =
      new TlsHellos().serverName("ap.spotify.com").alpn("h2").supportedVersions(0x0304);

  private record Piece(int from, int to) {}

  @Test
  void offer_wholeHello_isComplete() {
    byte[] stream = HELLO.record();
    HandshakeAssembler assembler = new HandshakeAssembler();

    assertThat(offer(assembler, stream, 0, stream.length)).isEqualTo(AssemblyResult.COMPLETE);
    assertThat(assembler.hello().serverName()).isEqualTo("ap.spotify.com");
    assertThat(assembler.consumedBytes()).isEqualTo(stream.length);
    assertThat(assembler.conflictingBytes()).isZero();
  }

  @Test
  void offer_bytesBehindTheHello_areNotConsumed() {
    byte[] stream = TlsHellos.concat(HELLO.record(), new byte[] {23, 3, 3, 0, 1, 9});
    HandshakeAssembler assembler = new HandshakeAssembler();

    assertThat(offer(assembler, stream, 0, stream.length)).isEqualTo(AssemblyResult.COMPLETE);
    assertThat(assembler.consumedBytes()).isEqualTo(stream.length - 6);
  }

  @Test
  void offer_helloLongerThanARecordsLimit_goesOverSeveral() {
    TlsHellos large = new TlsHellos().serverName("big.example").padding(9000);
    byte[] stream = large.records(4000);
    HandshakeAssembler assembler = new HandshakeAssembler();

    AssemblyResult result = AssemblyResult.NEED_MORE;
    for (int at = 0; at < stream.length; at += 1400) {
      result = offer(assembler, stream, at, Math.min(stream.length, at + 1400));
    }

    assertThat(result).isEqualTo(AssemblyResult.COMPLETE);
    assertThat(assembler.hello().serverName()).isEqualTo("big.example");
  }

  @Test
  void offer_everyRecordSizeInSingleBytes_isComplete() {
    for (int fragment : new int[] {1, 2, 3, 4, 5, 7, 64}) {
      byte[] stream = HELLO.records(fragment);
      HandshakeAssembler assembler = new HandshakeAssembler();
      for (int i = 0; i < stream.length - 1; i++) {
        assertThat(offer(assembler, stream, i, i + 1)).isEqualTo(AssemblyResult.NEED_MORE);
      }
      assertThat(offer(assembler, stream, stream.length - 1, stream.length))
          .isEqualTo(AssemblyResult.COMPLETE);
      assertThat(assembler.hello().serverName()).isEqualTo("ap.spotify.com");
      assertThat(assembler.consumedBytes()).isEqualTo(stream.length);
    }
  }

  @Test
  void offer_permutedOverlappingSegments_isComplete() {
    Random random = new Random(2);
    for (int round = 0; round < 2000; round++) {
      byte[] stream = HELLO.records(1 + random.nextInt(120));
      List<Piece> pieces = new ArrayList<>();
      for (int at = 0; at < stream.length; ) {
        int end = Math.min(stream.length, at + 1 + random.nextInt(60));
        pieces.add(new Piece(Math.max(0, at - random.nextInt(20)), end));
        if (random.nextInt(4) == 0) {
          pieces.add(new Piece(at, end));
        }
        at = end;
      }
      Collections.shuffle(pieces, random);
      HandshakeAssembler assembler = new HandshakeAssembler();
      assembler.begin(BASE);
      for (Piece piece : pieces) {
        offer(assembler, stream, piece.from(), piece.to());
      }
      assertThat(assembler.result()).isEqualTo(AssemblyResult.COMPLETE);
      assertThat(assembler.hello().serverName()).isEqualTo("ap.spotify.com");
      assertThat(assembler.conflictingBytes()).isZero();
    }
  }

  @Test
  void offer_reversedSingleBytes_isComplete() {
    byte[] stream = HELLO.record();
    HandshakeAssembler assembler = new HandshakeAssembler();
    assembler.begin(BASE);
    for (int i = stream.length - 1; i >= 0; i--) {
      offer(assembler, stream, i, i + 1);
    }
    assertThat(assembler.result()).isEqualTo(AssemblyResult.COMPLETE);
  }

  @Test
  void offer_retransmissionThatDisagrees_firstCopyWinsAndIsCounted() {
    byte[] stream = new TlsHellos().serverName("ap.spotify.com").padding(100).record();
    byte[] forged = stream.clone();
    Arrays.fill(forged, 100, 150, (byte) 'x');
    HandshakeAssembler assembler = new HandshakeAssembler();
    assembler.begin(BASE);
    offer(assembler, stream, 90, 160);
    offer(assembler, forged, 80, 155);
    offer(assembler, stream, 0, 90);
    offer(assembler, forged, 0, 150);
    offer(assembler, stream, 150, stream.length);

    assertThat(assembler.result()).isEqualTo(AssemblyResult.COMPLETE);
    assertThat(assembler.hello().serverName()).isEqualTo("ap.spotify.com");
    assertThat(assembler.conflictingBytes()).isBetween(50L, 100L);
  }

  @Test
  void offer_keepAliveBeforeTheStart_isCut() {
    byte[] stream = HELLO.record();
    byte[] probe = TlsHellos.concat(new byte[] {0}, stream);
    HandshakeAssembler assembler = new HandshakeAssembler();
    assembler.begin(BASE);

    assertThat(assembler.offer(BASE - 1, MemorySegment.ofArray(probe), 0, 1))
        .isEqualTo(AssemblyResult.NEED_MORE);
    assertThat(assembler.offer(BASE - 1, MemorySegment.ofArray(probe), 0, probe.length))
        .isEqualTo(AssemblyResult.COMPLETE);
  }

  @Test
  void offer_firstBytesOfOtherProtocols_isNotTls() {
    byte[] ssl2 = {(byte) 0x80, 46, 1, 3, 1, 0, 21};
    byte[] dtls = {22, (byte) 0xfe, (byte) 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 1};
    byte[] http = {'G', 'E', 'T', ' ', '/'};
    byte[] serverHello = {22, 3, 3, 0, 80, 2, 0, 0, 76, 3, 3};
    byte[] zeroLength = {22, 3, 3, 0, 0, 1};
    byte[] tooLong = {22, 3, 3, (byte) 0xff, (byte) 0xff, 1};
    for (byte[] first : new byte[][] {ssl2, dtls, http, serverHello, zeroLength, tooLong}) {
      HandshakeAssembler assembler = new HandshakeAssembler();
      assertThat(offer(assembler, first, 0, first.length)).isEqualTo(AssemblyResult.NOT_TLS);
      assertThat(HandshakeAssembler.startsHello(MemorySegment.ofArray(first), 0, first.length))
          .isFalse();
    }
  }

  @Test
  void startsHello_everyPrefixOfAHello_isTrue() {
    byte[] stream = HELLO.record();
    assertThat(HandshakeAssembler.startsHello(MemorySegment.ofArray(stream), 0, 0)).isFalse();
    for (int length = 1; length <= stream.length; length++) {
      assertThat(HandshakeAssembler.startsHello(MemorySegment.ofArray(stream), 0, length)).isTrue();
    }
  }

  @Test
  void offer_proxyHeaderBeforeTheHello_isSkipped() {
    byte[] text =
        "PROXY TCP4 192.0.2.1 192.0.2.2 52176 443\r\n".getBytes(StandardCharsets.US_ASCII);
    byte[] binary =
        TlsHellos.concat(
            "\r\n\r\n\0\r\nQUIT\n".getBytes(StandardCharsets.US_ASCII),
            new byte[] {0x21, 0x11, 0, 12},
            new byte[12]);
    for (byte[] preface : new byte[][] {text, binary}) {
      byte[] stream = TlsHellos.concat(preface, HELLO.record());
      int cut = preface.length + 60;
      HandshakeAssembler assembler = new HandshakeAssembler();

      assertThat(HandshakeAssembler.startsHello(MemorySegment.ofArray(stream), 0, stream.length))
          .isTrue();
      assertThat(offer(assembler, stream, 0, cut)).isEqualTo(AssemblyResult.NEED_MORE);
      assertThat(offer(assembler, stream, cut, stream.length)).isEqualTo(AssemblyResult.COMPLETE);
      assertThat(assembler.hello().serverName()).isEqualTo("ap.spotify.com");
      assertThat(assembler.consumedBytes()).isEqualTo(stream.length);
    }
  }

  @Test
  void offer_proxyHeaderInASegmentOfItsOwn_waitsForTheHello() {
    byte[] preface = "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII);
    byte[] stream = TlsHellos.concat(preface, HELLO.record());
    HandshakeAssembler assembler = new HandshakeAssembler();
    assembler.begin(BASE);

    assertThat(offer(assembler, stream, 0, preface.length)).isEqualTo(AssemblyResult.NEED_MORE);
    assertThat(offer(assembler, stream, preface.length, stream.length))
        .isEqualTo(AssemblyResult.COMPLETE);
  }

  @Test
  void offer_anotherRecordInTheMiddle_isMalformed() {
    byte[] records = HELLO.records(100);
    records[105] = 21;
    HandshakeAssembler assembler = new HandshakeAssembler();

    assertThat(offer(assembler, records, 0, records.length)).isEqualTo(AssemblyResult.MALFORMED);
  }

  @Test
  void offer_gapThatStays_isGivenUp() {
    byte[] stream = HELLO.record();
    HandshakeAssembler assembler = new HandshakeAssembler();
    assembler.begin(BASE);
    int offers = 0;
    while (offer(assembler, stream, 100, 110) == AssemblyResult.NEED_MORE) {
      offers++;
    }

    assertThat(offers).isEqualTo(HandshakeAssembler.MAX_STALLED);
    assertThat(assembler.result()).isEqualTo(AssemblyResult.GAVE_UP);
  }

  @Test
  void offer_flowBeyondTheBuffer_isGivenUp() {
    byte[] stream = HELLO.record();
    HandshakeAssembler behindAGap = new HandshakeAssembler();
    behindAGap.begin(BASE);
    assertThat(
            behindAGap.offer(
                BASE + ReassemblyBuffer.CAPACITY, MemorySegment.ofArray(stream), 0, 10))
        .isEqualTo(AssemblyResult.GAVE_UP);

    byte[] endless = new TlsHellos().padding(20_000).records(16_000);
    HandshakeAssembler tooLarge = new HandshakeAssembler();
    assertThat(offer(tooLarge, endless, 0, endless.length)).isEqualTo(AssemblyResult.GAVE_UP);
  }

  @Test
  void endOfData_nameBeforeTheGap_isPartial() {
    byte[] stream = new TlsHellos().serverName("ap.spotify.com").padding(1600).records(1000);
    HandshakeAssembler lost = new HandshakeAssembler();
    offer(lost, stream, 0, 1200);
    offer(lost, stream, 1300, stream.length);

    assertThat(lost.endOfData()).isEqualTo(AssemblyResult.COMPLETE);
    assertThat(lost.hello().serverName()).isEqualTo("ap.spotify.com");
    assertThat(lost.hello().partial()).isTrue();
    assertThat(lost.consumedBytes()).isEqualTo(1200);
  }

  @Test
  void endOfData_everyCut_yieldsTheNameOrNothing() {
    byte[] stream = HELLO.records(50);
    int named = 0;
    for (int length = 0; length < stream.length; length++) {
      HandshakeAssembler cut = new HandshakeAssembler();
      offer(cut, stream, 0, length);
      if (cut.endOfData() == AssemblyResult.COMPLETE) {
        named++;
        assertThat(cut.hello().serverName()).isEqualTo("ap.spotify.com");
      } else {
        assertThat(cut.result()).isEqualTo(AssemblyResult.GAVE_UP);
      }
    }
    assertThat(named).isPositive();
  }

  @Test
  void offer_helloTooLargeWithNameInFront_isPartial() {
    byte[] endless = new TlsHellos().serverName("big.example").padding(20_000).records(16_000);
    HandshakeAssembler tooLarge = new HandshakeAssembler();

    assertThat(offer(tooLarge, endless, 0, endless.length)).isEqualTo(AssemblyResult.COMPLETE);
    assertThat(tooLarge.hello().partial()).isTrue();
  }

  @Test
  void offer_sequenceNumberOfAnotherConnection_isIgnored() {
    byte[] stream = HELLO.record();
    HandshakeAssembler assembler = new HandshakeAssembler();
    offer(assembler, stream, 0, 50);
    assertThat(assembler.offer(BASE + 0x4000_0000L, MemorySegment.ofArray(stream), 0, 50))
        .isEqualTo(AssemblyResult.NEED_MORE);
    assertThat(offer(assembler, stream, 50, stream.length)).isEqualTo(AssemblyResult.COMPLETE);
  }

  @Test
  void offer_truncatedAtEveryOffset_waits() {
    byte[] stream = HELLO.records(50);
    for (int length = 1; length < stream.length; length++) {
      HandshakeAssembler assembler = new HandshakeAssembler();
      assertThat(offer(assembler, stream, 0, length)).isEqualTo(AssemblyResult.NEED_MORE);
    }
  }

  @Test
  void offer_everyByteAtItsExtremes_yieldsNoWrongName() {
    byte[] stream = HELLO.records(60);
    for (int i = 0; i < stream.length; i++) {
      for (int value : new int[] {0, 1, 0xff}) {
        byte[] changed = stream.clone();
        changed[i] = (byte) value;
        HandshakeAssembler assembler = new HandshakeAssembler();
        if (offer(assembler, changed, 0, changed.length) == AssemblyResult.COMPLETE) {
          String name = assembler.hello().serverName();
          assertThat(name == null || name.length() == "ap.spotify.com".length() || i > 60).isTrue();
        }
      }
    }
  }

  @Test
  void offer_afterTheDecision_repeatsIt() {
    byte[] stream = HELLO.record();
    HandshakeAssembler assembler = new HandshakeAssembler();
    offer(assembler, stream, 0, stream.length);

    assertThat(offer(assembler, new byte[] {9}, 0, 1)).isEqualTo(AssemblyResult.COMPLETE);
  }

  @Test
  void release_undecided_isGivenUp() {
    HandshakeAssembler assembler = new HandshakeAssembler();
    offer(assembler, HELLO.record(), 0, 50);
    assembler.release();

    assertThat(assembler.result()).isEqualTo(AssemblyResult.GAVE_UP);
    assertThatThrownBy(assembler::hello).isInstanceOf(IllegalStateException.class);
  }

  private static AssemblyResult offer(
      HandshakeAssembler assembler, byte[] stream, int from, int to) {
    // A segment exactly as long as the piece: a read behind it fails the test.
    byte[] piece = Arrays.copyOfRange(stream, from, to);
    return assembler.offer(
        (BASE + from) & 0xffff_ffffL, MemorySegment.ofArray(piece), 0, piece.length);
  }
}
