package io.earshot.enrichment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
    byte[] yaml =
        "version: 1\nservices:\n  x:\n    rules: []\n    suffixes: []\n    colour: red\n"
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> ServiceCatalogue.read(new ByteArrayInputStream(yaml)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("colour");
  }
}
