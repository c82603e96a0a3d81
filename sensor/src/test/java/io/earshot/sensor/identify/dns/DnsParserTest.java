package io.earshot.sensor.identify.dns;

import static io.earshot.sensor.identify.dns.DnsMessages.firstName;
import static io.earshot.sensor.identify.dns.DnsMessages.name;
import static io.earshot.sensor.identify.tls.TlsHellos.concat;
import static io.earshot.sensor.identify.tls.TlsHellos.sized;
import static io.earshot.sensor.identify.tls.TlsHellos.u16s;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DnsParserTest {
  private static final byte[] IPV4 = {(byte) 151, 101, 2, (byte) 248};
  private static final byte[] IPV6 = {0x2a, 4, 0x4e, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0x60};
  private static final byte[] CHAIN =
      new DnsMessages()
          .question("Audio-FA.scdn.co")
          .answer(firstName(), 5, 300, name("audio-fa.map.fastly.net"))
          .answer(name("audio-fa.map.fastly.net"), 1, 30, IPV4)
          .answer(firstName(), 28, 20, IPV6)
          .build();

  private final DnsParser parser = new DnsParser();
  private final Recorder seen = new Recorder();

  private static final class Recorder implements DnsHandler {
    final List<String> lines = new ArrayList<>();

    @Override
    public void onAddress(
        String queryName, String ownerName, long addrHi, long addrLo, long ttlSeconds) {
      lines.add("%s %s %x %x %d".formatted(queryName, ownerName, addrHi, addrLo, ttlSeconds));
    }

    @Override
    public void onAlias(String queryName, String name) {
      lines.add(queryName + " -> " + name);
    }
  }

  @Test
  void parse_aliasAndAddresses_areHandedOn() {
    assertThat(parse(CHAIN)).isEqualTo(DnsResult.ANSWERS);
    assertThat(seen.lines)
        .containsExactly(
            "audio-fa.scdn.co -> audio-fa.map.fastly.net",
            "audio-fa.scdn.co audio-fa.map.fastly.net 0 ffff976502f8 30",
            "audio-fa.scdn.co audio-fa.scdn.co 2a044e4200000000 760 20");
  }

  @Test
  void parse_serviceRecord_hintsAreAddressesOfTheQuery() {
    byte[] parameters =
        concat(
            u16s(1),
            sized(2, sized(1, new byte[] {'h', '3'})),
            u16s(4),
            sized(2, concat(IPV4, new byte[] {1, 2, 3, 4})),
            u16s(6),
            sized(2, IPV6));
    byte[] message =
        new DnsMessages()
            .question("x.spotifycdn.com")
            .answer(firstName(), 65, 60, concat(u16s(1), name("t.example"), parameters))
            .answer(firstName(), 64, 60, concat(u16s(1), new byte[1]))
            .build();

    assertThat(parse(message)).isEqualTo(DnsResult.ANSWERS);
    assertThat(seen.lines)
        .containsExactly(
            "x.spotifycdn.com -> t.example",
            "x.spotifycdn.com x.spotifycdn.com 0 ffff976502f8 60",
            "x.spotifycdn.com x.spotifycdn.com 0 ffff01020304 60",
            "x.spotifycdn.com x.spotifycdn.com 2a044e4200000000 760 60");
  }

  @Test
  void parse_multicastAnswerWithoutQuestion_usesTheOwner() {
    byte[] message =
        new DnsMessages()
            .flags(0x8400)
            .answer(name("Living Room._spotify-connect._tcp.local"), 1, 60, IPV4)
            .answer(name("Speaker.local"), 1, -1, IPV4)
            .build();

    assertThat(parse(message)).isEqualTo(DnsResult.ANSWERS);
    assertThat(seen.lines).containsExactly("speaker.local speaker.local 0 ffff976502f8 0");
  }

  @Test
  void parse_messagesWithoutAnswers_callNothing() {
    assertThat(parse(new DnsMessages().flags(0x0100).question("a.example").build()))
        .isEqualTo(DnsResult.QUERY);
    assertThat(parse(new DnsMessages().question("a.example").build()))
        .isEqualTo(DnsResult.NO_ANSWERS);
    assertThat(
            parse(
                new DnsMessages()
                    .flags(0x8183)
                    .question("a.example")
                    .answer(firstName(), 1, 1, IPV4)
                    .build()))
        .isEqualTo(DnsResult.NO_ANSWERS);
    assertThat(parse(new DnsMessages().flags(0xa800).question("a.example").build()))
        .isEqualTo(DnsResult.NOT_DNS);
    assertThat(parse(new byte[11])).isEqualTo(DnsResult.NOT_DNS);
    assertThat(seen.lines).isEmpty();
  }

  @Test
  void parse_pointersThatLoop_areRefused() {
    byte[] itself = {(byte) 0xc0, 12};
    byte[] forward = {(byte) 0xc0, 14, 0};
    byte[] throughALabel = {1, 'a', (byte) 0xc0, 12};
    for (byte[] loop : new byte[][] {itself, forward, throughALabel}) {
      byte[] message =
          concat(u16s(1, 0x8180, 1, 1, 0, 0), loop, u16s(1, 1), firstName(), new byte[20]);
      assertThat(parse(message)).isEqualTo(DnsResult.COMPRESSION_LOOP);
    }
    assertThat(seen.lines).isEmpty();
  }

  @Test
  void parse_longChainOfPointers_isRefused() {
    byte[] message = concat(u16s(1, 0x8180, 0, 1, 0, 0), new byte[1], u16s(16, 1, 0, 0, 60));
    // Thirty pointers, each to the one before it, in the data of a TXT record; then a name.
    byte[] data = new byte[60];
    int start = message.length;
    for (int i = 1; i < 30; i++) {
      int target = start + 2 * (i - 1);
      data[2 * i] = (byte) (0xc0 | target >> 8);
      data[2 * i + 1] = (byte) target;
    }
    message[7] = 2;
    byte[] last = {(byte) 0xc0, (byte) (start + 58)};
    assertThat(parse(concat(message, data, last, u16s(1, 1, 0, 1), sized(2, IPV4))))
        .isEqualTo(DnsResult.COMPRESSION_LOOP);
  }

  @Test
  void parse_longOrReservedNames_areRefused() {
    String label = "a".repeat(63);
    String tooLong = String.join(".", label, label, label, label);
    assertThat(parse(new DnsMessages().question(tooLong).answer(firstName(), 1, 1, IPV4).build()))
        .isEqualTo(DnsResult.BAD_NAME);
    byte[] reserved =
        concat(u16s(1, 0x8180, 1, 1, 0, 0), new byte[] {0x41, 'a', 0}, u16s(1, 1), new byte[20]);
    assertThat(parse(reserved)).isEqualTo(DnsResult.BAD_NAME);
    String longest = String.join(".", label, label, label, "a".repeat(61));
    assertThat(parse(new DnsMessages().question(longest).answer(firstName(), 1, 1, IPV4).build()))
        .isEqualTo(DnsResult.ANSWERS);
    assertThat(seen.lines).hasSize(1);
  }

  @Test
  void parse_labelWithADotInside_isNoHostName() {
    byte[] owner = concat(sized(1, new byte[] {'a', '.', 'b'}), name("example"));
    byte[] message =
        concat(u16s(1, 0x8180, 1, 1, 0, 0), owner, u16s(1, 1), firstName(), u16s(1, 1, 0, 9));

    assertThat(parse(concat(message, sized(2, IPV4)))).isEqualTo(DnsResult.ANSWERS);
    assertThat(seen.lines).isEmpty();
  }

  @Test
  void parse_recordsThatLie_areNamed() {
    DnsMessages shortAddress =
        new DnsMessages().question("a.example").answer(firstName(), 1, 1, new byte[3]);
    DnsMessages longAddress =
        new DnsMessages().question("a.example").answer(firstName(), 28, 1, new byte[17]);
    DnsMessages aliasBeyond =
        new DnsMessages().question("a.example").answer(firstName(), 5, 1, new byte[] {0, 0});
    DnsMessages parameterBeyond =
        new DnsMessages()
            .question("a.example")
            .answer(firstName(), 65, 1, concat(u16s(1), new byte[1], u16s(4, 8), IPV4));
    for (DnsMessages message : List.of(shortAddress, longAddress, aliasBeyond, parameterBeyond)) {
      assertThat(parse(message.build())).isEqualTo(DnsResult.BAD_RECORD);
    }
    byte[] counts = new DnsMessages().question("a.example").build();
    counts[6] = (byte) 0xff;
    assertThat(parse(counts)).isEqualTo(DnsResult.TRUNCATED);
    byte[] questions = CHAIN.clone();
    questions[4] = (byte) 0xff;
    assertThat(parse(questions)).isEqualTo(DnsResult.TOO_MANY_RECORDS);
    DnsMessages many = new DnsMessages().question("a.example");
    for (int i = 0; i <= DnsParser.MAX_RECORDS; i++) {
      many.answer(firstName(), 1, 1, IPV4);
    }
    assertThat(parse(many.build())).isEqualTo(DnsResult.TOO_MANY_RECORDS);
  }

  @Test
  void parse_truncatedAtEveryOffset_isNeverComplete() {
    for (int length = 12; length < CHAIN.length; length++) {
      assertThat(parse(Arrays.copyOf(CHAIN, length))).isEqualTo(DnsResult.TRUNCATED);
    }
  }

  @Test
  void parse_randomChanges_keepNamesClean() {
    Random random = new Random(5);
    for (int round = 0; round < 50_000; round++) {
      byte[] changed = CHAIN.clone();
      for (int i = 1 + random.nextInt(8); i > 0; i--) {
        int at = 2 + random.nextInt(changed.length - 2);
        changed[at] = random.nextBoolean() ? (byte) 0xc0 : (byte) random.nextInt();
      }
      parse(Arrays.copyOf(changed, 12 + random.nextInt(changed.length - 11)));
    }
    assertThat(seen.lines)
        .isNotEmpty()
        .allMatch(line -> line.matches("[a-z0-9._-]* (-> [a-z0-9._-]*|[a-z0-9._-]* .*)"));
  }

  private DnsResult parse(byte[] message) {
    return parser.parse(MemorySegment.ofArray(message), 0, message.length, seen);
  }
}
