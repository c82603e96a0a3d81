package io.earshot.sensor.identify.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HttpHostParserTest {
  private static final String REQUEST =
      "GET /audio/0123?x=1 HTTP/1.1\r\nUser-Agent: a\r\nhOsT: Audio-FA.scdn.co:80 \r\n\r\nbody";

  @Test
  void parse_hostField_isTheName() {
    assertThat(parse(REQUEST))
        .isEqualTo(new HttpResult.Named("audio-fa.scdn.co", "/audio/0123?x=1"));
  }

  @Test
  void parse_bareLineFeeds_areAccepted() {
    assertThat(parse("POST / HTTP/1.0\nHost:a.example\n\n"))
        .isEqualTo(new HttpResult.Named("a.example", "/"));
  }

  @Test
  void parse_absoluteForm_overrulesTheField() {
    assertThat(parse("GET HTTP://A.example:8080/p?q HTTP/1.1\r\nHost: b.example\r\n\r\n"))
        .isEqualTo(new HttpResult.Named("a.example", "/p?q"));
  }

  @Test
  void parse_splitAtEveryOffset_needsMoreUntilTheHostLineEnds() {
    int nameKnown = REQUEST.indexOf("\r\n\r\n") + 2;
    for (int length = 0; length < nameKnown; length++) {
      assertThat(parse(REQUEST.substring(0, length)))
          .as("%d", length)
          .isEqualTo(HttpResult.Unnamed.NEED_MORE);
    }
    assertThat(parse(REQUEST.substring(0, nameKnown))).isInstanceOf(HttpResult.Named.class);
  }

  @Test
  void parse_headerWithoutUsableHost_isNone() {
    for (String host :
        new String[] {"X: y", "Host:", "Host: a b", "Host: a:8x", "Host: [::1]:80", "Host: é"}) {
      assertThat(parse("GET / HTTP/1.1\r\n" + host + "\r\n\r\n"))
          .as(host)
          .isEqualTo(HttpResult.Unnamed.NONE);
    }
  }

  @Test
  void parse_otherProtocols_areNotHttp() {
    for (String text :
        new String[] {
          "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n",
          "HTTP/1.1 200 OK\r\nHost: a.example\r\n\r\n",
          "GET / RTSP/1.0\r\nHost: a.example\r\n\r\n",
          "GET /\r\nHost: a.example\r\n\r\n",
          "get / HTTP/1.1\r\nHost: a.example\r\n\r\n",
          "\u0016\u0003\u0001",
          "SSH-2.0-x\r\n"
        }) {
      assertThat(parse(text)).as(text).isEqualTo(HttpResult.Unnamed.NOT_HTTP);
    }
  }

  @Test
  void parse_headerWithoutEnd_isLeftAtTheBound() {
    String endless = "x".repeat(HttpHostParser.MAX_HEADER);

    assertThat(parse("GET /" + endless)).isEqualTo(HttpResult.Unnamed.NOT_HTTP);
    assertThat(parse("GET / HTTP/1.1\r\nX: " + endless)).isEqualTo(HttpResult.Unnamed.NONE);
    assertThat(parse("GET /" + "y".repeat(5000) + " HTTP/1.1\r\nHost: a.example\r\n"))
        .isInstanceOfSatisfying(
            HttpResult.Named.class,
            named -> assertThat(named.path()).hasSize(HttpHostParser.MAX_PATH));
  }

  @Test
  void parse_randomChanges_keepNamesClean() {
    Random random = new Random(6);
    int names = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = REQUEST.getBytes(StandardCharsets.ISO_8859_1);
      for (int i = random.nextInt(5); i > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      if (HttpHostParser.parse(MemorySegment.ofArray(bytes), 0, bytes.length)
          instanceof HttpResult.Named named) {
        names++;
        assertThat(named.host()).matches("[a-z0-9._-]{1,255}");
      }
    }
    assertThat(names).isPositive();
  }

  private static HttpResult parse(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return HttpHostParser.parse(MemorySegment.ofArray(bytes), 0, bytes.length);
  }
}
