package io.earshot.sensor.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PcapDirectory;
import io.earshot.sensor.capture.PcapFileSource;
import io.earshot.sensor.capture.PcapWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IcmpV4CommonPacket;
import org.pcap4j.packet.IcmpV6CommonPacket;
import org.pcap4j.packet.IllegalRawDataException;
import org.pcap4j.packet.IpPacket;
import org.pcap4j.packet.Packet;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.UdpPacket;

/**
 * Every frame of every public capture, as this decoder, tshark and pcap4j's dissectors see it:
 * innermost addresses, ports, transport and payload length.
 *
 * <p>They need not agree, but every difference stands in {@code known-differences.tsv} with its
 * reason, and nothing stands there that is not found. The differences that were found are written
 * to {@code target/differences.tsv}.
 */
class DecoderAgreementIT {
  private static final String NOTHING = "-";
  private static final int SNAP_BYTES = 262_144;
  private static final String[] LAYERS = {
    "frame",
    "eth",
    "ethertype",
    "vlan",
    "ip",
    "ipv6",
    "ipv6.hopopts",
    "ipv6.routing",
    "ipv6.fraghdr",
    "ipv6.dstopts",
    "tcp",
    "udp",
    "gre",
    "erspan",
    "vxlan",
    "geneve",
    "gtp",
    "mpls",
    "pwethheuristic",
    "pwethcw",
    "pppoes",
    "ppp",
    "sll",
    "llc",
    "ah",
    "esp",
    "icmp",
    "icmpv6",
    "null",
    "raw",
    "ppi",
    "pcap_pktdata",
    "etherip",
    "chdlc",
    "arp",
    "data"
  };
  private static final String[] FIELDS = {
    "frame.number",
    "frame.protocols",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.len",
    "udp.srcport",
    "udp.dstport",
    "udp.length"
  };

  private record Origin(String capture, int frame) {}

  private record Difference(String peer, Origin origin, String ours, String theirs) {}

  @TempDir Path folder;

  private final PacketDecoder decoder = new PacketDecoder();
  private final Defragmenter defragmenter = new Defragmenter();
  private final PacketView view = new PacketView();
  private final Map<Integer, List<Origin>> origins = new TreeMap<>();
  private final Map<Integer, List<String>> ours = new TreeMap<>();
  private final Map<Integer, PcapWriter> writers = new HashMap<>();
  private final List<Difference> differences = new ArrayList<>();

  @Test
  void decode_everyPublicCapture_agreesWithTsharkAndPcap4j() throws Exception {
    Path corpus = Path.of(System.getProperty("earshot.corpus", "../../shared/pcaps"), "public");
    assumeTrue(
        Files.isDirectory(corpus),
        "skipped: no captures in " + corpus + "; name their folder with -Dearshot.corpus=DIR");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/tshark")), "skipped: tshark is not installed");
    for (Path capture : PcapDirectory.list(corpus, true)) {
      collect(corpus.relativize(capture).toString(), capture);
    }
    for (PcapWriter writer : writers.values()) {
      writer.close();
    }
    writeDisabledLayers();
    int frames = 0;
    for (int linkType : origins.keySet()) {
      frames += askTshark(linkType);
    }
    assertThat(frames).isGreaterThan(54_000);

    String found = describe(differences);
    Files.writeString(Path.of("target", "differences.tsv"), found);
    assertThat(withoutReasons(found)).isEqualTo(withoutReasons(known()));
  }

  private void collect(String name, Path capture) throws CaptureException {
    int[] number = {0};
    try (PcapFileSource source = PcapFileSource.open(capture)) {
      source.run(
          (data, offset, captured, wire, tsNanos, linkType, interfaceId) -> {
            Origin origin = new Origin(name, ++number[0]);
            DecodeResult result =
                decoder.decode(data, offset, captured, wire, tsNanos, linkType, interfaceId, view);
            if (result == DecodeResult.FRAGMENT) {
              result = defragmenter.offer(view);
            }
            String answer = result == DecodeResult.DECODED ? answer(view) : NOTHING;
            origins.computeIfAbsent(linkType, _ -> new ArrayList<>()).add(origin);
            ours.computeIfAbsent(linkType, _ -> new ArrayList<>()).add(answer);
            if (linkType == LinkType.ETHERNET && captured == wire) {
              byte[] frame = data.asSlice(offset, captured).toArray(ValueLayout.JAVA_BYTE);
              compare("pcap4j", origin, answer, pcap4j(frame));
            }
            try {
              writer(linkType).write(data, offset, captured, wire, tsNanos);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  private PcapWriter writer(int linkType) throws IOException {
    PcapWriter writer = writers.get(linkType);
    if (writer == null) {
      writer = PcapWriter.create(folder.resolve(linkType + ".pcap"), linkType, SNAP_BYTES);
      writers.put(linkType, writer);
    }
    return writer;
  }

  private void compare(String peer, Origin origin, String our, String their) {
    if (!our.equals(their)) {
      differences.add(new Difference(peer, origin, our, their));
    }
  }

  private static String answer(PacketView view) {
    return answer(
        text(view.ipVersion, view.srcHi, view.srcLo),
        text(view.ipVersion, view.dstHi, view.dstLo),
        view.protocol == PacketView.TCP ? "tcp" : "udp",
        Integer.toString(view.srcPort),
        Integer.toString(view.dstPort),
        view.payloadBytes);
  }

  private static String answer(
      String src, String dst, String transport, String srcPort, String dstPort, int payload) {
    return "%s %s %s %s %s %d".formatted(transport, src, srcPort, dst, dstPort, payload);
  }

  private static String text(int version, long hi, long lo) {
    try {
      return version == 4
          ? InetAddress.getByAddress(ByteBuffer.allocate(4).putInt((int) lo).array())
              .getHostAddress()
          : InetAddress.getByAddress(ByteBuffer.allocate(16).putLong(hi).putLong(lo).array())
              .getHostAddress();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String pcap4j(byte[] frame) {
    Packet packet;
    try {
      packet = EthernetPacket.newPacket(frame, 0, frame.length);
    } catch (IllegalRawDataException | RuntimeException e) {
      return NOTHING;
    }
    String answer = NOTHING;
    IpPacket ip = null;
    for (Packet layer : packet) {
      switch (layer) {
        // What an error message quotes is not on its way.
        case IcmpV4CommonPacket _, IcmpV6CommonPacket _ -> {
          return NOTHING;
        }
        case IpPacket p -> {
          ip = p;
          answer = NOTHING;
        }
        case TcpPacket tcp -> {
          var header = tcp.getHeader();
          answer =
              pcap4j(
                  ip,
                  "tcp",
                  header.getSrcPort().valueAsInt(),
                  header.getDstPort().valueAsInt(),
                  tcp);
        }
        case UdpPacket udp -> {
          var header = udp.getHeader();
          answer =
              pcap4j(
                  ip,
                  "udp",
                  header.getSrcPort().valueAsInt(),
                  header.getDstPort().valueAsInt(),
                  udp);
        }
        default -> {}
      }
    }
    return answer;
  }

  private static String pcap4j(
      @Nullable IpPacket ip, String transport, int src, int dst, Packet packet) {
    return ip == null
        ? NOTHING
        : answer(
            ip.getHeader().getSrcAddr().getHostAddress(),
            ip.getHeader().getDstAddr().getHostAddress(),
            transport,
            Integer.toString(src),
            Integer.toString(dst),
            packet.getPayload() == null ? 0 : packet.getPayload().length());
  }

  /** Switches off every layer that the decoder does not know. */
  private void writeDisabledLayers() throws IOException {
    Process process =
        new ProcessBuilder("tshark", "-G", "protocols")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    Set<String> kept = Set.of(LAYERS);
    try (BufferedReader rows = process.inputReader(StandardCharsets.UTF_8)) {
      List<String> disabled =
          rows.lines().map(row -> row.split("\t")[2]).filter(name -> !kept.contains(name)).toList();
      assertThat(disabled).hasSizeGreaterThan(1000);
      Files.write(folder.resolve("disabled_protos"), disabled);
    }
  }

  /**
   * One run over all frames of a link type, with the layers that the decoder knows and no other.
   */
  private int askTshark(int linkType) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of("tshark", "-n", "-r", folder.resolve(linkType + ".pcap").toString()));
    command.addAll(List.of("-o", "ip.defragment:TRUE", "-o", "ipv6.defragment:TRUE"));
    command.addAll(List.of("-T", "fields", "-E", "occurrence=l", "-E", "separator=/t"));
    for (String field : FIELDS) {
      command.addAll(List.of("-e", field));
    }
    Path errors = folder.resolve("tshark.err");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().put("WIRESHARK_CONFIG_DIR", folder.toString());
    Process process = builder.start();
    List<String> our = Objects.requireNonNull(ours.get(linkType));
    List<Origin> from = Objects.requireNonNull(origins.get(linkType));
    int row = 0;
    try (BufferedReader rows = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = rows.readLine(); line != null; line = rows.readLine()) {
        compare("tshark", from.get(row), our.get(row), tshark(line.split("\t", -1)));
        row++;
      }
    }
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(row)
        .as("link type %d: %s", linkType, Files.readString(errors))
        .isEqualTo(our.size());
    return row;
  }

  private static String tshark(String[] row) {
    List<String> layers = List.of(row[1].split(":"));
    int ip = Math.max(layers.lastIndexOf("ip"), layers.lastIndexOf("ipv6"));
    if (ip < 0 || layers.contains("icmp") || layers.contains("icmpv6")) {
      return NOTHING;
    }
    List<String> inside = layers.subList(ip, layers.size());
    boolean v4 = layers.get(ip).equals("ip");
    if (row[v4 ? 2 : 4].isEmpty()) {
      return NOTHING;
    }
    String src = address(row[v4 ? 2 : 4]);
    String dst = address(row[v4 ? 3 : 5]);
    if (inside.contains("tcp")) {
      return row[8].isEmpty()
          ? NOTHING
          : answer(src, dst, "tcp", row[6], row[7], Integer.parseInt(row[8]));
    }
    if (inside.contains("udp")) {
      return row[11].isEmpty()
          ? NOTHING
          : answer(src, dst, "udp", row[9], row[10], Integer.parseInt(row[11]) - 8);
    }
    return NOTHING;
  }

  private static String address(String text) {
    return InetAddress.ofLiteral(text).getHostAddress();
  }

  /** One line per peer, capture and kind of difference, with the frames as ranges. */
  private static String describe(List<Difference> differences) {
    SortedMap<String, TreeSet<Integer>> lines = new TreeMap<>();
    Map<String, Difference> examples = new HashMap<>();
    for (Difference difference : differences) {
      String kind =
          difference.ours.equals(NOTHING)
              ? "only theirs"
              : difference.theirs.equals(NOTHING) ? "only ours" : "another answer";
      String key = difference.peer + "\t" + difference.origin.capture + "\t" + kind;
      lines.computeIfAbsent(key, _ -> new TreeSet<>()).add(difference.origin.frame);
      examples.putIfAbsent(key, difference);
    }
    StringBuilder out = new StringBuilder();
    lines.forEach(
        (key, frames) -> {
          Difference example = Objects.requireNonNull(examples.get(key));
          out.append(key).append('\t').append(ranges(frames)).append('\t');
          out.append(example.ours).append(" | ").append(example.theirs).append('\n');
        });
    return out.toString();
  }

  private static String ranges(SortedSet<Integer> frames) {
    StringBuilder out = new StringBuilder();
    int first = -1;
    int last = -1;
    for (int frame : frames) {
      if (frame != last + 1) {
        append(out, first, last);
        first = frame;
      }
      last = frame;
    }
    append(out, first, last);
    return out.toString();
  }

  private static void append(StringBuilder out, int first, int last) {
    if (first >= 0) {
      out.append(out.isEmpty() ? "" : ",").append(first);
      if (last > first) {
        out.append('-').append(last);
      }
    }
  }

  private static String known() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            DecoderAgreementIT.class.getResourceAsStream("known-differences.tsv"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** The lines of a list without comments and without examples and reasons. */
  private static List<String> withoutReasons(String list) {
    return list.lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> String.join("\t", Arrays.copyOf(line.split("\t"), 4)))
        .toList();
  }
}
