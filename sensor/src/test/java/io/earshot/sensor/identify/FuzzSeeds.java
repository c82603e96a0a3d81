package io.earshot.sensor.identify;

import static io.earshot.sensor.identify.tls.TlsHellos.concat;
import static io.earshot.sensor.identify.tls.TlsHellos.sized;
import static io.earshot.sensor.identify.tls.TlsHellos.u16s;

import io.earshot.sensor.identify.dns.DnsMessages;
import io.earshot.sensor.identify.quic.QuicInitials;
import io.earshot.sensor.identify.tls.ServerFlights;
import io.earshot.sensor.identify.tls.TlsHellos;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Writes the first inputs of the fuzz tests: whole messages, so that a fuzzer starts behind the
 * first length check. {@code deploy/checks/fuzz --seeds} runs it.
 */
public final class FuzzSeeds {
  private static final int DOWN = 16;

  private final Path root;

  private FuzzSeeds(Path root) {
    this.root = root;
  }

  /**
   * Writes below a folder of test resources.
   *
   * @param args the folder
   */
  public static void main(String[] args) throws IOException {
    FuzzSeeds seeds = new FuzzSeeds(Path.of(args[0]));
    seeds.tls();
    seeds.quic();
    seeds.dns();
    seeds.http();
    seeds.packets();
  }

  private void write(String test, String method, String name, byte[] data) throws IOException {
    Path folder = root.resolve("io/earshot/sensor/identify", test + "Inputs", method);
    Files.createDirectories(folder);
    Files.write(folder.resolve("seed-" + name), data);
  }

  /** Order and length of the {@link Pieces}. */
  private static byte[] cut(byte[] stream, int step, int length) {
    return concat(stream, new byte[] {(byte) step, (byte) length});
  }

  private static TlsHellos hello() {
    return new TlsHellos()
        .extension(0x0a0a, new byte[0])
        .serverName("audio-fa.scdn.co")
        .alpn("h2", "http/1.1")
        .supportedVersions(0x0304, 0x0303)
        .signatureAlgorithms(0x0403, 0x0804)
        .extension(TlsHellos.ECH, new byte[12]);
  }

  private static byte[] certificate() {
    return ServerFlights.certificate("common.example", "*.scdn.co", "a.scdn.co");
  }

  private static byte[] tls12() {
    return concat(
        ServerFlights.hello(0x0303, new byte[0]), ServerFlights.certificates(certificate()));
  }

  private void tls() throws IOException {
    String test = "tls/TlsFuzzTest";
    String hello = "clientHello_ofAnyBytes_isAnswered";
    write(test, hello, "full", hello().body());
    write(test, hello, "bare", new TlsHellos().withoutExtensions().body());
    String client = "clientSegments_ofAnyBytes_areAnswered";
    write(test, client, "whole", cut(hello().record(), 1, 255));
    write(test, client, "records", cut(hello().records(50), 1, 5));
    write(test, client, "shuffled", cut(hello().records(90), 7, 3));
    byte[] proxy = "PROXY TCP4 10.0.0.1 10.0.0.2 1 443\r\n".getBytes(StandardCharsets.US_ASCII);
    write(test, client, "proxy", cut(concat(proxy, hello().record()), 1, 255));
    byte[] chosen = concat(u16s(43), sized(2, u16s(0x0304)));
    String server = "serverSegments_ofAnyBytes_areAnswered";
    write(test, server, "tls12", cut(ServerFlights.records(200, tls12()), 1, 20));
    write(test, server, "shuffled", cut(ServerFlights.records(4096, tls12()), 3, 9));
    write(
        test,
        server,
        "tls13",
        cut(ServerFlights.records(4096, ServerFlights.hello(0x0303, chosen)), 1, 255));
    write(test, "certificate_ofAnyBytes_isAnswered", "names", certificate());
    write(
        test,
        "certificate_ofAnyBytes_isAnswered",
        "common",
        ServerFlights.certificate("common.example"));
  }

  private void quic() throws IOException {
    String test = "quic/QuicFuzzTest";
    byte[] message = hello().handshake();
    byte[] id = {1, 2, 3, 4, 5, 6, 7, 8};
    for (int version : new int[] {QuicInitials.V1, QuicInitials.V2, 0xff00001d, 0x1a2a3a4a}) {
      byte[] initial =
          new QuicInitials(version, id)
              .initial(1162, QuicInitials.crypto(message, 0, message.length));
      write(
          test,
          "datagrams_ofAnyBytes_areAnswered",
          Integer.toHexString(version),
          cut(initial, 1, 255));
    }
    String frames = "frames_ofAnyBytes_areAnswered";
    byte[] both =
        concat(
            QuicInitials.crypto(message, 100, message.length),
            new byte[] {1, 2, 5, 0, 0, 5, 0, 0},
            QuicInitials.crypto(message, 0, 100));
    write(test, frames, "one", cut(both, 1, 255));
    write(test, frames, "close", cut(new byte[] {0x1c, 0, 6, 2, 65, 66}, 1, 255));
    write(test, frames, "two", cut(both, 1, 1 + (both.length / 16)));
  }

  private static byte[] dnsAnswer() {
    return new DnsMessages()
        .question("audio-fa.scdn.co")
        .answer(DnsMessages.firstName(), 5, 300, DnsMessages.name("scdn.map.fastly.net"))
        .answer(DnsMessages.firstName(), 1, 300, new byte[] {(byte) 151, 101, 1, (byte) 248})
        .answer(DnsMessages.firstName(), 28, 300, new byte[16])
        .answer(
            DnsMessages.firstName(),
            65,
            300,
            concat(u16s(1), new byte[1], u16s(4), sized(2, new byte[8])))
        .build();
  }

  private void dns() throws IOException {
    String test = "dns/DnsFuzzTest";
    byte[] answer = dnsAnswer();
    byte[] query = new DnsMessages().flags(0x0100).question("apresolve.spotify.com").build();
    write(test, "message_ofAnyBytes_isAnswered", "answer", answer);
    write(test, "message_ofAnyBytes_isAnswered", "query", query);
    byte[] stream = concat(sized(2, answer), sized(2, query), sized(2, answer));
    write(test, "segments_ofAnyBytes_areAnswered", "whole", cut(stream, 1, 255));
    write(test, "segments_ofAnyBytes_areAnswered", "shuffled", cut(stream, 5, 3));
  }

  private static byte[] get() {
    return "GET /a/b?c HTTP/1.1\r\nAccept: */*\r\nHost: Audio-FA.scdn.co:80\r\n\r\n"
        .getBytes(StandardCharsets.US_ASCII);
  }

  private void http() throws IOException {
    String test = "http/HttpFuzzTest";
    String method = "request_ofAnyBytes_isAnswered";
    write(test, method, "get", get());
    write(
        test,
        method,
        "absolute",
        "POST http://a.example/x HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  /** Whole messages in the packets of {@link FlowIdentifierFuzzTest}. */
  private void packets() throws IOException {
    byte[] hello = hello().record();
    byte[] flight = ServerFlights.records(4096, tls12());
    byte[] answer = dnsAnswer();
    byte[] message = hello().handshake();
    byte[] quic =
        new QuicInitials(QuicInitials.V1, new byte[] {1, 2, 3, 4, 5, 6, 7, 8})
            .initial(1162, QuicInitials.crypto(message, 0, message.length));
    byte[] opening = concat(packet(0, 1, new byte[0]), packet(0 | DOWN, 2, new byte[0]));
    packets("tls", concat(opening, packet(0, 0, hello), packet(0 | DOWN, 0, flight)));
    packets("late-hello", concat(packet(0 | DOWN, 0, flight), packet(0, 0, hello)));
    packets("quic", packet(8, 0, quic));
    packets("dns", concat(packet(9 | DOWN, 0, answer), opening, packet(0 | DOWN, 0, flight)));
    packets("dns-tcp", packet(3 | DOWN, 0, sized(2, answer)));
    packets("http", packet(1, 0, get()));
  }

  private void packets(String name, byte[] data) throws IOException {
    write("FlowIdentifierFuzzTest", "packets_ofAnyBytes_areAnswered", name, data);
  }

  private static byte[] packet(int what, int flags, byte[] payload) {
    int units = (payload.length + FlowIdentifierFuzzTest.UNIT - 1) / FlowIdentifierFuzzTest.UNIT;
    byte[] padded = Arrays.copyOf(payload, units * FlowIdentifierFuzzTest.UNIT);
    return concat(new byte[] {(byte) (what | flags << 5), 0, (byte) units}, padded);
  }
}
