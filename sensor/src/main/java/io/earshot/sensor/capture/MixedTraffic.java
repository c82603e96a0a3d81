package io.earshot.sensor.capture;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Made-up frames of what a mirror port of a large site sees.
 *
 * <p>Flows that begin in the first fifth of {@value #SECONDS} s and live on, frames of about
 * {@value #MEAN_BYTES} B on average where there are many a flow. Of the flows, as many as are asked
 * for are Spotify audio in bursts, each to a client of its own; 7.5 % were already open when the
 * capture began, 14 % are QUIC with a sealed Initial, the rest TLS with a hello; a quarter is IPv6,
 * a quarter has a VLAN tag, every second one is preceded by its look-up. Packets come in short
 * trains and a few flows carry most of them. The same arguments give the same bytes.
 *
 * <p>One run; owner: the thread that calls {@link #generate}.
 */
public final class MixedTraffic implements GeneratedSource.Generator {
  /** Time between the first frame and the last. */
  public static final int SECONDS = 120;

  /** Mean size of a frame. */
  public static final int MEAN_BYTES = 900;

  private static final int LINK_ETHERNET = 1;
  private static final int MAX_FRAME_BYTES = 1514;
  private static final long START_NANOS = 1_767_225_600_000_000_000L;
  private static final int FIN = 1;
  private static final int SYN = 2;
  private static final int PSH_ACK = 24;
  private static final int ACK = 16;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final String[] AUDIO = {
    "audio-fa.scdn.co", "audio-ak.spotifycdn.com", "audio4-fa.scdn.co"
  };

  private final SplittableRandom random;
  private final long frameBudget;
  private final int audioOf200;
  private final @Nullable Flow[] flows;
  private final byte[] noise = new byte[1 << 16];
  private final byte[] frame = new byte[MAX_FRAME_BYTES];
  private final ByteBuffer header = ByteBuffer.wrap(frame);
  private final MemorySegment segment = MemorySegment.ofArray(frame);
  private final byte[][] quicHellos = new byte[64][];
  private FrameHandler out = (_, _, _, _, _, _, _) -> {};
  private int started;
  private long frames;
  private long bytes;

  /**
   * @param frames about how many; the last train is finished
   * @param flows how many begin, where there are frames enough
   * @param audioOf200 how many of 200 flows are Spotify's, from 1 to 100
   * @param seed of what is drawn
   */
  public MixedTraffic(long frames, int flows, int audioOf200, long seed) {
    this.audioOf200 = audioOf200;
    random = new SplittableRandom(seed);
    frameBudget = frames;
    this.flows = new @Nullable Flow[flows];
    random.nextBytes(noise);
    for (int i = 0; i < quicHellos.length; i++) {
      quicHellos[i] = Hellos.quic(foreignName(i));
    }
  }

  @Override
  public void generate(FrameHandler handler) {
    out = handler;
    while (frames < frameBudget) {
      long due = Math.min(flows.length, 1 + frames * 5 * flows.length / frameBudget);
      if (started < due) {
        Flow flow = new Flow(started, audioOf200);
        flows[started++] = flow;
        begin(flow);
      } else {
        double skewed = random.nextDouble();
        Flow flow = flows[(int) (skewed * skewed * started)];
        if (flow != null) {
          train(flow);
        }
      }
    }
  }

  /** Frames handed over. */
  public long frames() {
    return frames;
  }

  /** Bytes of them. */
  public long bytes() {
    return bytes;
  }

  /** Flows that have begun. */
  public int flows() {
    return started;
  }

  private static String foreignName(int i) {
    return "www.service-" + i + ".example";
  }

  private void begin(Flow flow) {
    switch (flow.kind) {
      case OPEN -> train(flow);
      case QUIC -> {
        lookUp(flow);
        udp(flow, true, quicHellos[flow.number % quicHellos.length]);
        udpNoise(flow, false, 1200, 0xe0);
        udpNoise(flow, true, 80, 0x40);
      }
      case TLS, AUDIO -> {
        lookUp(flow);
        tcp(flow, true, SYN, 0);
        tcp(flow, false, SYN | ACK, 0);
        tcp(flow, true, ACK, 0);
        byte[] hello = Hellos.tls(flow.name);
        tcp(flow, true, PSH_ACK, hello);
        tcpNoise(flow, false, 1400);
        tcp(flow, true, ACK, 0);
      }
    }
  }

  private void lookUp(Flow flow) {
    if (flow.number % 2 == 0) {
      byte[] question = Hellos.question(flow.name, flow.ipv6);
      byte[] answer = Hellos.answer(flow.name, flow.ipv6, flow.server);
      Flow dns = new Flow(flow);
      udp(dns, true, question);
      udp(dns, false, answer);
    }
  }

  /** A few packets of one flow: data down, acknowledgements up, and now and then a request. */
  private void train(Flow flow) {
    int length = flow.kind == Kind.AUDIO ? 48 : 1 + random.nextInt(8);
    if (random.nextInt(4) == 0 || flow.kind == Kind.AUDIO) {
      payload(flow, true, 300);
    }
    for (int i = 0; i < length; i++) {
      boolean data = random.nextInt(100) < (bytes < frames * MEAN_BYTES ? 75 : 45);
      if (data) {
        payload(flow, false, 1220 + random.nextInt(180));
      } else if (flow.kind == Kind.QUIC) {
        payload(flow, true, 40);
      } else {
        tcp(flow, true, ACK, 0);
      }
    }
    if (flow.kind == Kind.TLS && random.nextInt(400) == 0) {
      tcp(flow, true, FIN | ACK, 0);
    }
  }

  private void payload(Flow flow, boolean up, int length) {
    if (flow.kind == Kind.QUIC) {
      udpNoise(flow, up, length, 0x40);
    } else {
      tcpNoise(flow, up, length);
    }
  }

  private void tcpNoise(Flow flow, boolean up, int length) {
    int at = transport(flow) + 32;
    System.arraycopy(noise, random.nextInt(noise.length - length), frame, at, length);
    // An application data record begins every segment.
    header.put(at, (byte) 23).putShort(at + 1, (short) 0x0303);
    tcp(flow, up, PSH_ACK, length);
  }

  private void tcp(Flow flow, boolean up, int flags, byte[] payload) {
    System.arraycopy(payload, 0, frame, transport(flow) + 32, payload.length);
    tcp(flow, up, flags, payload.length);
  }

  private void tcp(Flow flow, boolean up, int flags, int payload) {
    int at = network(flow, up, TCP, 32 + payload);
    header.putInt(at + 4, up ? flow.upSeq : flow.downSeq);
    header.putInt(at + 8, up ? flow.downSeq : flow.upSeq);
    header.putShort(at + 12, (short) (0x8000 | flags)).putShort(at + 14, (short) 512);
    header.putInt(at + 16, 0);
    // RFC 7323: two NOPs and a time stamp.
    header.putInt(at + 20, 0x0101_080a).putLong(at + 24, frames);
    int advance = payload + ((flags & (SYN | FIN)) != 0 ? 1 : 0);
    if (up) {
      flow.upSeq += advance;
    } else {
      flow.downSeq += advance;
    }
    emit(at + 32 + payload);
  }

  private void udpNoise(Flow flow, boolean up, int length, int firstByte) {
    int at = transport(flow) + 8;
    System.arraycopy(noise, random.nextInt(noise.length - length), frame, at, length);
    header.put(at, (byte) firstByte);
    if (firstByte >= 0xc0) {
      header.putInt(at + 1, 1);
    }
    udp(flow, up, length);
  }

  private void udp(Flow flow, boolean up, byte[] payload) {
    System.arraycopy(payload, 0, frame, transport(flow) + 8, payload.length);
    udp(flow, up, payload.length);
  }

  private void udp(Flow flow, boolean up, int payload) {
    int at = network(flow, up, UDP, 8 + payload);
    header.putShort(at + 4, (short) (8 + payload)).putShort(at + 6, (short) 0);
    emit(at + 8 + payload);
  }

  /** Where the transport header of the flow's frames begins. */
  private static int transport(Flow flow) {
    return 14 + (flow.vlan ? 4 : 0) + (flow.ipv6 ? 40 : 20);
  }

  /** Writes everything before the transport header, and the ports. */
  private int network(Flow flow, boolean up, int protocol, int length) {
    header.clear().putLong(0x0200_0000_0001_0200L).putInt(2);
    if (flow.vlan) {
      header.putShort((short) 0x8100).putShort((short) 120);
    }
    byte[] source = up ? flow.client : flow.server;
    byte[] destination = up ? flow.server : flow.client;
    if (flow.ipv6) {
      header.putShort((short) 0x86dd).putInt(0x6000_0000).putShort((short) length);
      header.put((byte) protocol).put((byte) 60);
    } else {
      header.putShort((short) 0x0800).putShort((short) 0x4500).putShort((short) (20 + length));
      header.putInt(0x4000).put((byte) 60).put((byte) protocol).putShort((short) 0);
    }
    header.put(source).put(destination);
    int at = header.position();
    header.putShort((short) (up ? flow.clientPort : flow.serverPort));
    header.putShort((short) (up ? flow.serverPort : flow.clientPort));
    return at;
  }

  private void emit(int length) {
    long tsNanos = START_NANOS + frames * SECONDS * 1_000_000_000L / frameBudget;
    int onWire = Math.max(60, length);
    Arrays.fill(frame, length, onWire, (byte) 0);
    out.onFrame(segment, 0, onWire, onWire, tsNanos, LINK_ETHERNET, 0);
    frames++;
    bytes += onWire;
  }

  private enum Kind {
    TLS,
    QUIC,
    OPEN,
    AUDIO
  }

  private static final class Flow {
    private final int number;
    private final Kind kind;
    private final boolean ipv6;
    private final boolean vlan;
    private final String name;
    private final byte[] client;
    private final byte[] server;
    private final int clientPort;
    private final int serverPort;
    private int upSeq;
    private int downSeq;

    Flow(int number, int audioOf200) {
      this.number = number;
      int share = number * 37 % 200;
      kind =
          share < audioOf200
              ? Kind.AUDIO
              : share < audioOf200 + 15
                  ? Kind.OPEN
                  : share < audioOf200 + 43 ? Kind.QUIC : Kind.TLS;
      ipv6 = number % 4 == 1;
      vlan = number / 4 % 4 == 0;
      name = kind == Kind.AUDIO ? AUDIO[number % AUDIO.length] : foreignName(number % 64);
      client = address(ipv6, kind == Kind.AUDIO ? 0x0a80_0000 | number : 0x0a00_0000 | number / 8);
      server = address(ipv6, kind == Kind.AUDIO ? 0x9765_0000 | number % 8 : 0xc633_6400 + number);
      clientPort = 20_000 + number * 7 % 40_000;
      serverPort = 443;
      upSeq = number * 0x1234567;
      downSeq = number * 0x7654321;
    }

    /** The look-up before a flow, from the same client. */
    Flow(Flow of) {
      number = of.number;
      kind = Kind.QUIC;
      ipv6 = of.ipv6;
      vlan = of.vlan;
      name = of.name;
      client = of.client;
      server = address(ipv6, 0x0a00_0035);
      clientPort = of.clientPort;
      serverPort = 53;
    }

    private static byte[] address(boolean ipv6, int host) {
      ByteBuffer address = ByteBuffer.allocate(ipv6 ? 16 : 4);
      if (ipv6) {
        address.putLong(0x2001_0db8_0000_0000L).putInt(0);
      }
      return address.putInt(host).array();
    }
  }
}
