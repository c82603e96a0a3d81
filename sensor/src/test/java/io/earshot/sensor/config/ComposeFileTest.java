package io.earshot.sensor.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The shape of {@code deploy/compose.yml}; no test runs Docker. */
class ComposeFileTest {
  private static final Path COMPOSE = Path.of("../deploy/compose.yml");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{[A-Z_]+:[?-]([^}]*)}");
  private static final Set<String> CONDITIONS =
      Set.of("service_started", "service_healthy", "service_completed_successfully");

  @Test
  void services_eachHasAnImageOrAFolderToBuild() throws IOException {
    assertThat(compose().path("services").properties())
        .hasSize(4)
        .allSatisfy(
            service -> {
              JsonNode body = service.getValue();
              assertThat(body.has("image")).isNotEqualTo(body.has("build"));
              if (body.has("build")) {
                Path folder = folder().resolve(body.path("build").asText());
                assertThat(folder.resolve("Dockerfile")).exists();
              }
            });
  }

  @Test
  void services_waitOnlyForOthersThatAreThere() throws IOException {
    JsonNode services = compose().path("services");

    for (JsonNode service : services) {
      service
          .path("depends_on")
          .properties()
          .forEach(
              other -> {
                String condition = other.getValue().path("condition").asText();
                assertThat(CONDITIONS).contains(condition);
                JsonNode waitedFor = services.path(other.getKey());
                assertThat(waitedFor.isObject()).as(other.getKey()).isTrue();
                if (condition.equals("service_healthy")) {
                  assertThat(waitedFor.has("healthcheck")).as(other.getKey()).isTrue();
                }
              });
    }
  }

  @Test
  void ports_areOfLoopbackOnly() throws IOException {
    List<String> ports = new ArrayList<>();
    for (JsonNode service : compose().path("services")) {
      service.path("ports").forEach(port -> ports.add(port.asText()));
    }

    assertThat(ports).hasSize(2).allMatch(port -> port.startsWith("127.0.0.1:"));
  }

  @Test
  void earshot_hasNoPrivilegeButCapturing() throws IOException {
    JsonNode earshot = compose().path("services").path("earshot");

    assertThat(earshot.path("cap_drop")).extracting(JsonNode::asText).containsExactly("ALL");
    assertThat(earshot.path("entrypoint"))
        .extracting(JsonNode::asText)
        .contains("--reuid=earshot", "--ambient-caps=+net_raw");
    assertThat(earshot.has("privileged")).isFalse();
  }

  @Test
  void configuration_isOneThatEarshotReads() throws Exception {
    String content = compose().path("configs").path("earshot").path("content").asText();
    assertThat(content).contains("${EARSHOT_INTERFACE:?");
    String withInterface = VARIABLE.matcher(content).replaceAll("eth7");

    Configuration read =
        ConfigurationFile.parse("compose.yml", withInterface, Path.of("/"), name -> null)
            .configuration();

    assertThat(read.capture().interfaces()).containsExactly("eth7");
    assertThat(Objects.requireNonNull(read.output().elasticsearch()).connection().urls())
        .containsExactly(URI.create("http://127.0.0.1:9200"));
  }

  private static Path folder() {
    return Objects.requireNonNull(COMPOSE.getParent());
  }

  private static JsonNode compose() throws IOException {
    return new YAMLMapper().readTree(Files.readString(COMPOSE));
  }
}
