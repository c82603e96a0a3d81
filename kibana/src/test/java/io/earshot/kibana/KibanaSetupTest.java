package io.earshot.kibana;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.earshot.kibana.ElasticsearchConnection.Trust;
import io.earshot.kibana.KibanaSetup.Options;
import io.earshot.kibana.SetupReport.Outcome;
import io.earshot.kibana.SetupReport.Step;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The installer against a Kibana that is as strict as the real one where it matters. */
class KibanaSetupTest {
  private static final Options INSTALL = new Options(false, false);
  private static final Options OVERWRITE = new Options(false, true);
  private static final Options DRY_RUN = new Options(true, false);
  private static final String OVERVIEW = "default/dashboard/earshot-overview";

  /** Objects, connector and rules: a tag, four data views, five dashboards, one and six. */
  private static final int ALL = 17;

  @Test
  void install_intoAnEmptyKibana_bringsEverythingEnabled() throws Exception {
    try (FakeKibana kibana = new FakeKibana("8.12.0", null)) {
      SetupReport report = KibanaSetup.install(connection(kibana), INSTALL);

      assertThat(report.steps()).hasSize(ALL).allMatch(s -> s.outcome() == Outcome.DONE);
      assertThat(kibana.objects).hasSize(ALL);
      assertThat(rules(kibana)).hasSize(6).allMatch(rule -> rule.path("enabled").asBoolean());
    }
  }

  @Test
  void install_again_changesNothing() throws Exception {
    try (FakeKibana kibana = new FakeKibana("9.1.0", null)) {
      KibanaSetup.install(connection(kibana), INSTALL);
      kibana.takeChanges();

      SetupReport again = KibanaSetup.install(connection(kibana), INSTALL);
      assertThat(again.unchanged()).isTrue();
      assertThat(again.steps()).hasSize(ALL).allMatch(s -> s.outcome() == Outcome.UNCHANGED);
      assertThat(KibanaSetup.install(connection(kibana), OVERWRITE).unchanged()).isTrue();
      assertThat(kibana.takeChanges()).isEmpty();
    }
  }

  @Test
  void install_overAUsersCopy_keepsItUnlessOverwriting() throws Exception {
    try (FakeKibana kibana = new FakeKibana("8.19.4", null)) {
      KibanaSetup.install(connection(kibana), INSTALL);
      ObjectNode mine = attributes(kibana, OVERVIEW);
      mine.put("title", "mine");
      String rule = "default/rule/" + KibanaRules.all().getFirst().id();
      params(kibana, rule).put("timeWindowSize", 99);
      kibana.takeChanges();

      SetupReport kept = KibanaSetup.install(connection(kibana), INSTALL);
      assertThat(kept.steps().stream().filter(s -> s.outcome() == Outcome.SKIPPED)).hasSize(2);
      assertThat(kibana.takeChanges()).isEmpty();
      assertThat(attributes(kibana, OVERVIEW).path("title").asText()).isEqualTo("mine");

      SetupReport replaced = KibanaSetup.install(connection(kibana), OVERWRITE);
      assertThat(replaced.steps().stream().filter(s -> s.outcome() == Outcome.DONE)).hasSize(2);
      assertThat(kibana.takeChanges()).containsExactly("import 1", "PUT " + rule);
      assertThat(attributes(kibana, OVERVIEW).path("title").asText())
          .isEqualTo("[Earshot] Overview");
      assertThat(params(kibana, rule).path("timeWindowSize").asInt()).isNotEqualTo(99);
    }
  }

  @Test
  void install_afterAnUpgradeOfKibana_changesTheFormWhereAskedFor() throws Exception {
    try (FakeKibana old = new FakeKibana("8.15.0", null);
        FakeKibana upgraded = new FakeKibana("9.2.0", null)) {
      KibanaSetup.install(connection(old), INSTALL);
      upgraded.objects.putAll(old.objects);

      SetupReport report = KibanaSetup.install(connection(upgraded), OVERWRITE);
      assertThat(report.steps().stream().filter(s -> s.outcome() == Outcome.DONE)).hasSize(6);
      assertThat(rules(upgraded))
          .allMatch(rule -> rule.path("rule_type_id").asText().equals(".es-query"));
    }
  }

  @Test
  void install_dry_saysWhatItWouldDoAndDoesNothing() throws Exception {
    try (FakeKibana kibana = new FakeKibana("8.12.2", null)) {
      List<Step> steps = KibanaSetup.install(connection(kibana), DRY_RUN).steps();

      assertThat(steps).hasSize(ALL).allMatch(s -> s.outcome() == Outcome.WOULD_DO);
      assertThat(kibana.objects).isEmpty();
      assertThat(kibana.takeChanges()).isEmpty();
    }
  }

  @Test
  void install_intoASpace_staysInIt() throws Exception {
    Credentials key = new Credentials.ApiKey("a2V5");
    try (FakeKibana kibana = new FakeKibana("8.14.0", "ApiKey a2V5", "north")) {
      KibanaSetup.install(
          new KibanaConnection(kibana.url(), "north", key, new Trust.Platform()), INSTALL);

      assertThat(kibana.objects).hasSize(ALL);
      assertThat(kibana.objects.keySet()).allMatch(name -> name.startsWith("north/"));
      assertThatThrownBy(
              () ->
                  KibanaSetup.install(
                      new KibanaConnection(kibana.url(), "south", key, new Trust.Platform()),
                      INSTALL))
          .isInstanceOf(StackException.class)
          .hasMessageContaining("no space \"south\"");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "8.12.0, .index-threshold",
    "8.18.9, .index-threshold",
    "8.19.0, .es-query",
    "9.0.5, .index-threshold",
    "9.1.0, .es-query",
    "10.0.0, .es-query"
  })
  void rules_ofAVersion_haveTheFormItKnows(String version, String type) throws Exception {
    try (FakeKibana kibana = new FakeKibana(version, null)) {
      KibanaSetup.install(connection(kibana), INSTALL);

      assertThat(rules(kibana)).allMatch(rule -> rule.path("rule_type_id").asText().equals(type));
    }
  }

  @Test
  void install_whereItCannot_saysWhy() throws Exception {
    try (FakeKibana old = new FakeKibana("8.11.4", null);
        FakeKibana locked = new FakeKibana("8.12.0", "ApiKey a2V5")) {
      assertThatThrownBy(() -> KibanaSetup.install(connection(old), INSTALL))
          .hasMessageContaining("8.11.4")
          .hasMessageContaining("8.12 or newer");
      assertThatThrownBy(() -> KibanaSetup.install(connection(locked), INSTALL))
          .hasMessageContaining("401")
          .hasMessageContaining("no credentials");
    }
    KibanaConnection nobody =
        new KibanaConnection(
            URI.create("http://127.0.0.1:9"), "default", null, new Trust.Platform());
    assertThatThrownBy(() -> KibanaSetup.install(nobody, INSTALL))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("cannot be reached");
  }

  @Test
  void connection_withAnUnusableUrl_isRefused() {
    assertThatThrownBy(
            () ->
                new KibanaConnection(
                    URI.create("kibana:5601"), "default", null, new Trust.Platform()))
        .hasMessageContaining("not a Kibana URL");
    assertThatThrownBy(
            () ->
                new KibanaConnection(
                    URI.create("http://kibana:5601"), "a/b", null, new Trust.Platform()))
        .hasMessageContaining("not the id of a space");
  }

  /** Both forms of each rule look at fields that exist, and never at unknown alone. */
  @Test
  void rules_bothForms_lookAtMappedFields() {
    Pattern field =
        Pattern.compile("\\b((?:spotify|earshot|observer|labels|client|event)\\.[a-z0-9_.]+)");
    for (KibanaRules.Rule rule : KibanaRules.all()) {
      JsonNode threshold = rule.source().path("threshold");
      String stream = threshold.at("/index/0").asText();
      Map<String, String> fields = IndexTemplates.fields(stream.replaceFirst("-\\*$", ""));
      String esql = rule.source().at("/esql/esqlQuery/esql").asText();
      assertThat(esql).startsWith("FROM " + stream + " |");
      Matcher matcher = field.matcher((esql + ' ' + threshold).replace(stream, ""));
      while (matcher.find()) {
        assertThat(fields).as(rule.name()).containsKey(matcher.group(1));
      }
      assertThat(rule.source().at("/esql/groupBy").asText()).isEqualTo("row");
      assertThat(rule.source().at("/esql/threshold/0").asInt(-1)).isZero();
      assertThat(threshold.path("groupBy").asText().equals("top"))
          .isEqualTo(threshold.has("termField"));
      assertThat(rule.source().path("about").asText()).endsWith(".");
    }
  }

  private static KibanaConnection connection(FakeKibana kibana) {
    return new KibanaConnection(
        kibana.url(), KibanaConnection.DEFAULT_SPACE, null, new Trust.Platform());
  }

  private static List<ObjectNode> rules(FakeKibana kibana) {
    return kibana.objects.entrySet().stream()
        .filter(entry -> entry.getKey().contains("/rule/"))
        .map(Map.Entry::getValue)
        .toList();
  }

  private static ObjectNode attributes(FakeKibana kibana, String key) throws IOException {
    return child(kibana, key, "attributes");
  }

  private static ObjectNode params(FakeKibana kibana, String key) throws IOException {
    return child(kibana, key, "params");
  }

  private static ObjectNode child(FakeKibana kibana, String key, String name) throws IOException {
    @Nullable ObjectNode object = kibana.objects.get(key);
    if (object == null || !(object.get(name) instanceof ObjectNode child)) {
      throw new IOException("no " + key);
    }
    return child;
  }
}
