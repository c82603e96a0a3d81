package io.earshot.enrichment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceCatalogueTest {
  private final ServiceCatalogue catalogue = ServiceCatalogue.shipped();

  @ParameterizedTest
  @CsvSource({
    "audio-fa.scdn.co,AUDIO",
    "audio4-fa.scdn.co,AUDIO",
    "audio-fa-tls130.spotifycdn.com,AUDIO",
    "audio-fa-quic0.spotifycdn.com,AUDIO",
    "audio-ak.spotifycdn.com,AUDIO",
    "audio-sp-ams.pscdn.co,AUDIO",
    "audio-sp-ams.spotifycdn.net,AUDIO",
    "heads-fa.spotify.com,AUDIO",
    "heads4-ak-spotify-com.akamaized.net,AUDIO",
    "AUDIO-FA.SCDN.CO,AUDIO",
    "i.scdn.co,IMAGE",
    "image-cdn-ak.spotifycdn.com,IMAGE",
    "seed-mix-image.spotifycdn.com,IMAGE",
    "dailymix-images.scdn.co,IMAGE",
    "p.scdn.co,PREVIEW",
    "seektables.scdn.co,SEEK_TABLE",
    "video-fa.scdn.co,VIDEO",
    "ap-gew4.spotify.com,ACCESS_POINT",
    "apresolve.spotify.com,CONTROL",
    "gew4-spclient.spotify.com,CONTROL",
    "spclient.wg.spotify.com,CONTROL",
    "gew4-dealer.spotify.com,CONTROL",
    "login5.spotify.com,CONTROL",
    "newsroom.spotify.com,OTHER",
    "something-new.spotifycdn.com,OTHER",
  })
  void byName_spotifyHost_hasRole(String host, Role role) {
    assertThat(catalogue.byName(host)).contains(new ServiceMatch(ServiceMatch.SPOTIFY, role));
  }

  @ParameterizedTest
  @CsvSource({
    "notspotify.com",
    "spotify.com.evil.example",
    "audio-fa.scdn.co.example",
    "example.org",
    "akamaized.net",
    "other-com.akamaized.net",
    "localhost",
    "''"
  })
  void byName_foreignHost_isEmpty(String host) {
    assertThat(catalogue.byName(host)).isEmpty();
  }

  @Test
  void read_unknownKey_isRefused() {
    String yaml =
        """
        version: 1
        services:
          x:
            source: us
            checked: 2026-11
            suffixes: []
            colour: red
        """;
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("colour");
  }

  @Test
  void read_entryWithoutItsOrigin_isRefused() {
    String yaml =
        """
        version: 1
        services:
          x:
            suffixes: [x.example]
        """;
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("source");
  }

  @Test
  void with_additions_prefersThem() throws IOException {
    String yaml =
        """
        version: 1
        services:
          spotify:
            source: our own cache
            checked: 2026-11
            rules:
              - role: audio
                pattern: 'cache\\.campus\\.example'
                source: measured
                checked: 2026-11
            suffixes: [cache.campus.example]
          radio:
            source: us
            checked: 2026-11
            suffixes: [radio.example]
        """;
    ServiceCatalogue both = catalogue.with(read(yaml));

    assertThat(both.byName("cache.campus.example"))
        .contains(new ServiceMatch(ServiceMatch.SPOTIFY, Role.AUDIO));
    assertThat(both.byName("live.radio.example")).contains(new ServiceMatch("radio", Role.OTHER));
    assertThat(both.byName("audio-fa.scdn.co"))
        .contains(new ServiceMatch(ServiceMatch.SPOTIFY, Role.AUDIO));
  }

  @ParameterizedTest
  @CsvSource({"r3---sn-x.googlevideo.com,youtube", "www.netflix.com,netflix", "deezer.com,deezer"})
  void byName_otherService_isNamed(String host, String service) {
    assertThat(catalogue.byName(host)).contains(new ServiceMatch(service, Role.OTHER));
  }

  private static ServiceCatalogue read(String yaml) throws IOException {
    return ServiceCatalogue.read(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void become_anotherCatalogue_knowsOnlyWhatThatOneKnows() throws IOException {
    ServiceCatalogue own =
        ServiceCatalogue.read(
            new ByteArrayInputStream(
                """
                version: 1
                services:
                  radio:
                    source: a test
                    checked: 2026-11
                    suffixes: [radio.example]
                """
                    .getBytes(StandardCharsets.UTF_8)));
    ServiceCatalogue running = ServiceCatalogue.shipped();

    running.become(running.with(own));
    assertThat(running.byName("a.radio.example")).contains(new ServiceMatch("radio", Role.OTHER));
    assertThat(running.byName("i.scdn.co")).isPresent();
    running.become(ServiceCatalogue.shipped());
    assertThat(running.byName("a.radio.example")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "audio-sp-ham.pscdn.co, 192.0.2.1, Partner cache, HAM",
    "audio-sp-ams2.spotifycdn.net, 192.0.2.1, Partner cache, AMS",
    "audio-fa-tls130.spotifycdn.com, 192.0.2.1, Fastly,",
    "AUDIO4-FA.scdn.co, 23.1.2.3, Fastly,",
    "audio-akp-quic-control.spotifycdn.com, 192.0.2.1, Akamai,",
    "audio4-ak-spotify-com.akamaized.net, 192.0.2.1, Akamai,",
    "audio-gm-off.spotifycdn.com, 192.0.2.1, Google,",
    "audio-cf.spotifycdn.com, 192.0.2.1, Amazon CloudFront,",
    "gew4-spclient.spotify.com, 192.0.2.1, Google, GEW4",
    "api.spotify.com, 35.186.224.25, Google,",
    ", 151.101.2.248, Fastly,",
    ", 2a04:4e42:1::760, Fastly,",
    ", 184.25.1.1, Akamai,",
  })
  void cdn_byNameOrAddress_namesNetworkAndPop(
      @Nullable String name, String address, String cdn, @Nullable String pop) {
    assertThat(ServiceCatalogue.shipped().cdn(name, InetAddress.ofLiteral(address)))
        .contains(new Cdn(cdn, pop));
  }

  @Test
  void cdn_ofAnOperatorsCache_comesBeforeTheShippedNames() throws IOException {
    String yaml =
        """
        version: 1
        cdns:
          - name: Our cache
            pop: HAM
            prefixes: [192.0.2.0/28]
            source: rack 7
            checked: 2026-11
        """;
    ServiceCatalogue both =
        ServiceCatalogue.shipped()
            .with(
                ServiceCatalogue.read(
                    new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8))));
    InetAddress inside = InetAddress.ofLiteral("192.0.2.3");
    InetAddress outside = InetAddress.ofLiteral("192.0.2.33");
    String name = "audio-ak.spotifycdn.com";
    assertThat(both.cdn(name, inside)).contains(new Cdn("Our cache", "HAM"));
    assertThat(both.cdn(name, outside)).contains(new Cdn("Akamai", null));
    assertThat(both.cdn(null, outside)).isEmpty();
    assertThat(both.byName(name)).isPresent();
  }
}
