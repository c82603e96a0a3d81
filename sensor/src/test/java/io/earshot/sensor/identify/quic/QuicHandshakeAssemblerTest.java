package io.earshot.sensor.identify.quic;

import static io.earshot.sensor.identify.quic.QuicInitials.crypto;
import static io.earshot.sensor.identify.tls.TlsHellos.concat;
import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.sensor.identify.tls.AssemblyResult;
import io.earshot.sensor.identify.tls.TlsHellos;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class QuicHandshakeAssemblerTest {
  private static final byte[] ID = {1, 2, 3, 4, 5, 6, 7, 8};
  private static final byte[] OTHER_ID = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
  private static final byte[] PING = {1};
  private static final byte[] ACK = {2, 9, 0, 1, 2, 0, 1};
  private static final byte[] ACK_ECN = {3, 9, 0, 0, 2, 1, 1, 1};
  private static final byte[] CLOSE = {0x1c, 1, 6, 3, 'b', 'y', 'e'};
  private static final byte[] MESSAGE =
      new TlsHellos()
          .serverName("audio-fa-quic.spotifycdn.com")
          .alpn("h3")
          .padding(900)
          .handshake();

  private final QuicInitialParser parser = new QuicInitialParser();
  private final QuicHandshakeAssembler assembler = new QuicHandshakeAssembler(parser);

  @Test
  void offer_wholeHelloInOneInitial_isCompleteInEveryVersion() {
    int[] versions = {
      QuicInitials.V1,
      QuicInitials.V2,
      0xff00001d,
      0xff000020,
      0xff000021,
      0xff000022,
      0xff00001b,
      0xff000016,
      0xfaceb001,
      0xfaceb002,
      0xfaceb00e,
      0x1a2a3a4a
    };
    for (int version : versions) {
      QuicHandshakeAssembler fresh = new QuicHandshakeAssembler(parser);
      byte[] datagram =
          new QuicInitials(version, ID).initial(1162, crypto(MESSAGE, 0, MESSAGE.length));

      assertThat(offer(fresh, datagram)).as("%08x", version).isEqualTo(AssemblyResult.COMPLETE);
      assertThat(fresh.hello().serverName()).isEqualTo("audio-fa-quic.spotifycdn.com");
      assertThat(fresh.version()).isEqualTo(version);
    }
  }

  @Test
  void offer_scrambledFragmentsBesideOtherFrames_isComplete() {
    Random random = new Random(4);
    for (int round = 0; round < 200; round++) {
      List<byte[]> frames = new ArrayList<>();
      for (int at = 0; at < MESSAGE.length; ) {
        int end = Math.min(MESSAGE.length, at + 1 + random.nextInt(200));
        frames.add(crypto(MESSAGE, Math.max(0, at - random.nextInt(9)), end));
        frames.add(new byte[random.nextInt(5)]);
        at = end;
      }
      frames.add(PING);
      frames.add(ACK);
      frames.add(ACK_ECN);
      frames.add(CLOSE);
      Collections.shuffle(frames, random);
      QuicInitials client = new QuicInitials(QuicInitials.V1, ID);
      int half = frames.size() / 2;
      byte[] first = client.initial(600, frames.subList(0, half).toArray(byte[][]::new));
      byte[] second =
          client.initial(600, frames.subList(half, frames.size()).toArray(byte[][]::new));
      QuicHandshakeAssembler fresh = new QuicHandshakeAssembler(parser);

      assertThat(offer(fresh, random.nextBoolean() ? concat(first, second) : concat(second, first)))
          .isEqualTo(AssemblyResult.COMPLETE);
      assertThat(fresh.hello().serverName()).isEqualTo("audio-fa-quic.spotifycdn.com");
    }
  }

  @Test
  void offer_initialBehindOtherPackets_isFound() {
    QuicInitials client = new QuicInitials(QuicInitials.V2, ID);
    byte[] datagram =
        concat(
            client.opaque(QuicVersion.ZERO_RTT, 120),
            client.opaque(QuicVersion.HANDSHAKE, 30),
            client.initial(0, crypto(MESSAGE, 0, MESSAGE.length)),
            new byte[20]);

    assertThat(offer(assembler, datagram)).isEqualTo(AssemblyResult.COMPLETE);
  }

  @Test
  void offer_connectionIdChangedByTheServer_keepsTheKeys() {
    QuicInitials client = new QuicInitials(QuicInitials.V1, ID);

    assertThat(offer(assembler, client.initial(600, crypto(MESSAGE, 0, 500))))
        .isEqualTo(AssemblyResult.NEED_MORE);
    assertThat(
            offer(
                assembler,
                client
                    .changeConnectionId(OTHER_ID)
                    .initial(600, crypto(MESSAGE, 500, MESSAGE.length))))
        .isEqualTo(AssemblyResult.COMPLETE);
  }

  @Test
  void offer_afterRetry_startsAgainUnderTheNewIdentifier() {
    byte[] forged = new TlsHellos().serverName("other.example").padding(900).handshake();
    QuicInitials client = new QuicInitials(QuicInitials.V1, ID);
    offer(assembler, client.initial(600, crypto(forged, 0, 500)));
    client.retried(OTHER_ID, new byte[70]);
    offer(assembler, client.initial(600, crypto(MESSAGE, 0, 500)));

    assertThat(offer(assembler, client.initial(600, crypto(MESSAGE, 500, MESSAGE.length))))
        .isEqualTo(AssemblyResult.COMPLETE);
    assertThat(assembler.hello().serverName()).isEqualTo("audio-fa-quic.spotifycdn.com");
  }

  @Test
  void offer_compatibleVersionNegotiation_keepsTheHello() {
    QuicInitials client = new QuicInitials(QuicInitials.V1, ID);
    offer(assembler, client.initial(600, crypto(MESSAGE, 0, 500)));
    client.changeVersion(QuicInitials.V2).changeConnectionId(OTHER_ID);

    assertThat(offer(assembler, client.initial(600, crypto(MESSAGE, 500, MESSAGE.length))))
        .isEqualTo(AssemblyResult.COMPLETE);
    assertThat(assembler.version()).isEqualTo(QuicInitials.V2);
  }

  @Test
  void offer_retransmissionAfterLoss_isComplete() {
    QuicInitials client = new QuicInitials(QuicInitials.V1, ID);
    byte[] second = client.initial(600, crypto(MESSAGE, 400, MESSAGE.length));
    offer(assembler, second);
    offer(assembler, second);

    assertThat(offer(assembler, client.initial(600, crypto(MESSAGE, 0, 450))))
        .isEqualTo(AssemblyResult.COMPLETE);
    assertThat(assembler.conflictingBytes()).isZero();
  }

  @Test
  void offer_numbersFarFromZero_isComplete() {
    QuicInitials client = new QuicInitials(QuicInitials.V1, ID).number(0x12345678, 4);
    offer(assembler, client.initial(600, crypto(MESSAGE, 0, 500)));
    client.number(0x12345690, 1);

    assertThat(offer(assembler, client.initial(600, crypto(MESSAGE, 500, MESSAGE.length))))
        .isEqualTo(AssemblyResult.COMPLETE);
  }

  @Test
  void offer_otherProtocols_areRefusedByName() {
    byte[] google = {0x0d, 1, 2, 3, 4, 5, 6, 7, 8, 'Q', '0', '4', '3', 1, 0};
    byte[] google46 = {(byte) 0xc3, 'Q', '0', '4', '6', 0x50, 1, 2, 3, 4, 5, 6, 7, 8, 0};
    byte[] dtls = {22, (byte) 0xfe, (byte) 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 1};
    byte[] rtp = {(byte) 0x80, 96, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    byte[] shortHeader = {0x40, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
    for (byte[] datagram : new byte[][] {google, google46, dtls}) {
      assertThat(offer(new QuicHandshakeAssembler(parser), datagram))
          .isEqualTo(AssemblyResult.UNSUPPORTED);
    }
    for (byte[] datagram : new byte[][] {rtp, shortHeader, {1}}) {
      assertThat(offer(new QuicHandshakeAssembler(parser), datagram))
          .isEqualTo(AssemblyResult.NOT_TLS);
    }
  }

  @Test
  void offer_keysThatNeverFit_isGivenUp() {
    QuicInitials elsewhere = new QuicInitials(QuicInitials.V1, OTHER_ID).changeConnectionId(ID);
    AssemblyResult result = AssemblyResult.NEED_MORE;
    int offers = 0;
    while (result == AssemblyResult.NEED_MORE) {
      result = offer(assembler, elsewhere.initial(1162, crypto(MESSAGE, 0, MESSAGE.length)));
      offers++;
    }

    assertThat(result).isEqualTo(AssemblyResult.GAVE_UP);
    assertThat(offers).isEqualTo(QuicHandshakeAssembler.MAX_UNREADABLE);
  }

  @Test
  void offer_helloThatNeverEnds_isGivenUp() {
    QuicInitials client = new QuicInitials(QuicInitials.V1, ID);
    int offers = 1;
    while (offer(assembler, client.initial(100, crypto(MESSAGE, 1, 90)))
        == AssemblyResult.NEED_MORE) {
      offers++;
    }

    assertThat(offers).isEqualTo(QuicHandshakeAssembler.MAX_DATAGRAMS);
    assertThat(assembler.result()).isEqualTo(AssemblyResult.GAVE_UP);
  }

  @Test
  void endOfData_nameBeforeTheGap_isPartial() {
    QuicInitials client = new QuicInitials(QuicInitials.V1, ID);
    offer(assembler, client.initial(600, crypto(MESSAGE, 0, 500)));

    assertThat(assembler.endOfData()).isEqualTo(AssemblyResult.COMPLETE);
    assertThat(assembler.hello().serverName()).isEqualTo("audio-fa-quic.spotifycdn.com");
    assertThat(assembler.hello().partial()).isTrue();
    assertThat(new QuicHandshakeAssembler(parser).endOfData()).isEqualTo(AssemblyResult.GAVE_UP);
  }

  @Test
  void offer_offsetBeyondTheBuffer_isGivenUp() {
    byte[] far = concat(new byte[] {6}, QuicInitials.varint((1L << 62) - 1), new byte[] {1, 0});

    assertThat(offer(assembler, new QuicInitials(QuicInitials.V1, ID).initial(100, far)))
        .isEqualTo(AssemblyResult.GAVE_UP);
  }

  @Test
  void offer_framesThatLie_areMalformed() {
    byte[][] liars = {
      {0x08, 0, 0},
      {6, 0, 63, 1},
      {6, (byte) 0xc0},
      {2, 0, 0, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, -1, -1, -1, -1, 0},
      {0x1c, 0, 0, 63},
      {6, 0, 4, 2, 0, 0, 1}
    };
    for (byte[] liar : liars) {
      byte[] ping = new byte[40];
      Arrays.fill(ping, (byte) 1);
      byte[] payload = concat(ping, liar);
      assertThat(
              offer(
                  new QuicHandshakeAssembler(parser),
                  new QuicInitials(QuicInitials.V1, ID).initial(0, payload)))
          .as(Arrays.toString(liar))
          .isEqualTo(AssemblyResult.MALFORMED);
    }
  }

  @Test
  void offer_truncatedAtEveryOffset_neverCompletes() {
    byte[] datagram =
        new QuicInitials(QuicInitials.V1, ID).initial(0, crypto(MESSAGE, 0, MESSAGE.length));
    for (int length = 1; length < datagram.length; length++) {
      AssemblyResult result =
          offer(new QuicHandshakeAssembler(parser), Arrays.copyOf(datagram, length));
      assertThat(result).isEqualTo(length < 7 ? AssemblyResult.NOT_TLS : AssemblyResult.NEED_MORE);
    }
  }

  @Test
  void offer_everyHeaderByteAtItsExtremes_neverYieldsAName() {
    byte[] datagram =
        new QuicInitials(QuicInitials.V1, ID).initial(0, crypto(MESSAGE, 0, MESSAGE.length));
    for (int i = 0; i < 24; i++) {
      for (int value : new int[] {0, 1, 20, 21, 0x3f, 0x40, 0x7f, 0xbf, 0xc0, 0xff}) {
        byte[] changed = datagram.clone();
        if ((changed[i] & 0xff) == value) {
          continue;
        }
        changed[i] = (byte) value;
        assertThat(offer(new QuicHandshakeAssembler(parser), changed))
            .isIn(AssemblyResult.NEED_MORE, AssemblyResult.NOT_TLS);
      }
    }
  }

  private static AssemblyResult offer(QuicHandshakeAssembler assembler, byte[] datagram) {
    return assembler.offer(MemorySegment.ofArray(datagram), 0, datagram.length);
  }
}
