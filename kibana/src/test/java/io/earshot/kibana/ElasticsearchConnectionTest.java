package io.earshot.kibana;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.kibana.ElasticsearchConnection.Trust;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ElasticsearchConnectionTest {
  @Test
  void of_urlWithoutPort_takesTheUsualOne() {
    assertThat(ElasticsearchConnection.of("https://es.example/").urls())
        .containsExactly(URI.create("https://es.example:9200"));
    assertThat(ElasticsearchConnection.of("http://[::1]:9201/behind/proxy/").urls())
        .containsExactly(URI.create("http://[::1]:9201/behind/proxy"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"es.example:9200", "ftp://es.example", "http:///x", "http://es/?a=b"})
  void of_urlThatCannotBeUsed_saysWhatIsWanted(String url) {
    assertThatThrownBy(() -> ElasticsearchConnection.of(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("http://host:port");
  }

  @Test
  void of_urlWithPassword_isRefusedWithoutShowingIt() {
    assertThatThrownBy(() -> ElasticsearchConnection.of("https://elastic:hunter2@es.example:9200"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void new_differentPaths_isRefused() {
    List<URI> urls = List.of(URI.create("http://a:9200/x"), URI.create("http://b:9200/y"));

    assertThatThrownBy(() -> ElasticsearchConnection.of(urls, null, new Trust.Platform()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void toString_neverShowsSecrets() {
    Credentials basic = new Credentials.Basic("elastic", "hunter2");
    Credentials key = new Credentials.ApiKey("c2VjcmV0");

    assertThat(basic.header()).isEqualTo("Basic ZWxhc3RpYzpodW50ZXIy");
    assertThat(key.header()).isEqualTo("ApiKey c2VjcmV0");
    assertThat(
            ElasticsearchConnection.of(List.of(URI.create("http://a")), basic, new Trust.Platform())
                .toString())
        .doesNotContain("hunter2");
    assertThat(
            ElasticsearchConnection.of(List.of(URI.create("http://a")), key, new Trust.Platform())
                .toString())
        .doesNotContain("c2VjcmV0");
  }

  @Test
  void connect_caFileThatIsNone_saysSo(@TempDir Path folder) throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.pem"));
    Path garbage = Files.writeString(folder.resolve("garbage.pem"), "not a certificate");
    Path missing = folder.resolve("missing.pem");

    for (Path file : List.of(empty, garbage, missing)) {
      ElasticsearchConnection connection =
          ElasticsearchConnection.of(
              List.of(URI.create("https://a")), null, new Trust.CaFile(file));
      assertThatThrownBy(() -> ElasticsearchClients.connect(connection))
          .isInstanceOf(StackException.class)
          .hasMessageContaining(file.toString());
    }
  }
}
