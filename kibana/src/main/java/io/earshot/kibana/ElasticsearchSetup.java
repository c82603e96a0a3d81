package io.earshot.kibana;

import co.elastic.clients.transport.rest5_client.low_level.Request;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.earshot.kibana.ElasticsearchClients.Answer;
import io.earshot.kibana.IndexTemplates.Kind;
import io.earshot.kibana.IndexTemplates.Template;
import io.earshot.kibana.SetupReport.Outcome;
import io.earshot.kibana.SetupReport.Step;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Installs everything that Elasticsearch needs to hold Earshot's documents: index templates,
 * retention, and the ingest pipeline where the server has the processor.
 *
 * <p>Running it again changes nothing. Each installed object carries its version and the digest of
 * its source in {@code _meta}; an object of a newer version is never replaced unless forced, and
 * then nothing at all is changed. What a server lacks is skipped and said so. Prints nothing.
 */
public final class ElasticsearchSetup {
  /** Name of the ingest pipeline. */
  static final String PIPELINE = "earshot-ingested";

  private final ElasticsearchClients clients;
  private final Options options;
  private final List<Step> steps = new ArrayList<>();

  /**
   * What is wanted of the installation.
   *
   * @param retention how long documents are kept, whole hours, at least one
   * @param dryRun whether only to say what would be done
   * @param force whether to replace objects of a newer version
   * @param ilmPolicy name of an index lifecycle policy that the server has and that rules instead
   *     of the retention, absent for none
   */
  public record Options(
      Duration retention, boolean dryRun, boolean force, @Nullable String ilmPolicy) {
    /** How long documents are kept unless said otherwise. */
    public static final Duration DEFAULT_RETENTION = Duration.ofDays(30);

    public Options {
      if (retention.toHours() < 1 || !retention.equals(Duration.ofHours(retention.toHours()))) {
        throw new IllegalArgumentException(
            "retention must be whole hours and at least one, not " + retention);
      }
    }

    /** Options without an index lifecycle policy. */
    public Options(Duration retention, boolean dryRun, boolean force) {
      this(retention, dryRun, force, null);
    }

    /** The installation that {@code earshot setup} makes without options. */
    public static Options defaults() {
      return new Options(DEFAULT_RETENTION, false, false);
    }

    /** The retention as Elasticsearch writes it, for example {@code 30d}. */
    String retentionText() {
      long hours = retention.toHours();
      return hours % 24 == 0 ? hours / 24 + "d" : hours + "h";
    }
  }

  private ElasticsearchSetup(ElasticsearchClients clients, Options options) {
    this.clients = clients;
    this.options = options;
  }

  /**
   * Installs what is missing or older.
   *
   * @return what was done, in order
   * @throws StackException when the server cannot be reached, does not allow it or refuses, or when
   *     it holds objects of a newer version and {@code force} was not given
   */
  public static SetupReport install(ElasticsearchConnection connection, Options options)
      throws StackException {
    try (ElasticsearchClients clients = ElasticsearchClients.connect(connection)) {
      ElasticsearchSetup setup = new ElasticsearchSetup(clients, options);
      setup.run();
      return new SetupReport(setup.steps);
    }
  }

  private void run() throws StackException {
    clients.requireReachable();
    List<Installable> objects = new ArrayList<>();
    ObjectNode pipeline = IndexTemplates.resource("/ingest-pipelines/" + PIPELINE + ".json");
    Installable ingest = installable("ingest pipeline", "/_ingest/pipeline/", PIPELINE, pipeline);
    List<Template> templates = IndexTemplates.all();
    for (Template template : templates) {
      ObjectNode body = template.body();
      if (body.at("/template/lifecycle") instanceof ObjectNode lifecycle) {
        rule((ObjectNode) body.path("template"), lifecycle);
      }
      objects.add(installable(template));
    }
    refuseToGoBackwards(ingest, objects);

    boolean hasPipeline = installPipeline(ingest);
    boolean changed = false;
    for (int i = 0; i < objects.size(); i++) {
      Installable object = objects.get(i);
      if (templates.get(i).kind() == Kind.INDEX && hasPipeline) {
        ObjectNode body = object.body().deepCopy();
        ((ObjectNode) body.at("/template/settings/index")).put("final_pipeline", PIPELINE);
        object = new Installable(object.what(), object.path(), withDigest(body), object.found());
      }
      changed |= install(object);
    }
    if (changed) {
      for (String dataStream : IndexTemplates.DATA_STREAMS) {
        bringUpToDate(dataStream);
      }
    }
  }

  /** One of the two rules how long documents are kept, never both. */
  private void rule(ObjectNode template, ObjectNode lifecycle) {
    if (options.ilmPolicy() == null) {
      lifecycle.put("data_retention", options.retentionText());
    } else {
      template.remove("lifecycle");
      template
          .putObject("settings")
          .putObject("index")
          .putObject("lifecycle")
          .put("name", options.ilmPolicy());
    }
  }

  /**
   * One object of the installation.
   *
   * @param what kind and name for the report
   * @param path where it lives
   * @param body its source with version and digest in {@code _meta}
   * @param found {@code _meta} of the one that is installed; missing when there is none
   */
  private record Installable(String what, String path, ObjectNode body, JsonNode found) {
    int version() {
      return body.at("/_meta/version").asInt();
    }

    boolean isInstalled() {
      return found.path("version").asInt() == version()
          && found.path("digest").asText().equals(body.at("/_meta/digest").asText());
    }
  }

  private Installable installable(Template template) throws StackException {
    return template.kind() == Kind.COMPONENT
        ? installable(
            "component template", "/_component_template/", template.name(), template.body())
        : installable("index template", "/_index_template/", template.name(), template.body());
  }

  private Installable installable(String kind, String folder, String name, ObjectNode body)
      throws StackException {
    JsonNode answer = get(folder + name);
    // The three endpoints wrap the object differently.
    JsonNode found = answer.at("/component_templates/0/component_template/_meta");
    if (found.isMissingNode()) {
      found = answer.at("/index_templates/0/index_template/_meta");
    }
    if (found.isMissingNode()) {
      found = answer.path(name).path("_meta");
    }
    return new Installable(kind + ' ' + name, folder + name, withDigest(body), found);
  }

  private void refuseToGoBackwards(Installable ingest, List<Installable> objects)
      throws StackException {
    if (options.force()) {
      return;
    }
    List<Installable> all = new ArrayList<>(objects);
    all.add(ingest);
    for (Installable object : all) {
      int installed = object.found().path("version").asInt();
      if (installed > object.version()) {
        throw new StackException(
            StackException.Kind.REFUSED,
            "Elasticsearch at %s has %s in version %d, newer than this program's %d; nothing was changed: use the newer Earshot for the setup, or force it"
                .formatted(clients.target(), object.what(), installed, object.version()));
      }
    }
  }

  /** Whether the pipeline is there afterwards. */
  private boolean installPipeline(Installable ingest) throws StackException {
    if (ingest.isInstalled()) {
      steps.add(new Step(ingest.what(), Outcome.UNCHANGED, null));
      return true;
    }
    if (options.dryRun()) {
      steps.add(new Step(ingest.what(), Outcome.WOULD_DO, "where the server has the processor"));
      return false;
    }
    String refusal = put(ingest.path(), ingest.body());
    if (refusal == null) {
      steps.add(new Step(ingest.what(), Outcome.DONE, null));
      return true;
    }
    steps.add(
        new Step(
            ingest.what(),
            Outcome.SKIPPED,
            "this server cannot run it (" + refusal + "); documents will lack event.ingested"));
    return false;
  }

  /** Whether something had to be changed. */
  private boolean install(Installable object) throws StackException {
    if (object.isInstalled()) {
      steps.add(new Step(object.what(), Outcome.UNCHANGED, null));
      return false;
    }
    String reason =
        object.found().isMissingNode()
            ? null
            : "replaces version " + object.found().path("version").asInt();
    if (options.dryRun()) {
      steps.add(new Step(object.what(), Outcome.WOULD_DO, reason));
      return true;
    }
    String refusal = put(object.path(), object.body());
    if (refusal != null) {
      throw new StackException(
          StackException.Kind.REFUSED,
          "Elasticsearch at %s refuses %s: %s".formatted(clients.target(), object.what(), refusal));
    }
    steps.add(new Step(object.what(), Outcome.DONE, reason));
    return true;
  }

  /** Templates only shape new data streams; those that exist are given new fields and retention. */
  private void bringUpToDate(String dataStream) throws StackException {
    String name = dataStream + "-*";
    if (get("/_resolve/index/" + name).path("data_streams").isEmpty()) {
      return;
    }
    String mappings = "new fields in data streams " + name;
    String retention = "retention of data streams " + name;
    if (options.dryRun()) {
      steps.add(new Step(mappings, Outcome.WOULD_DO, null));
      steps.add(new Step(retention, Outcome.WOULD_DO, null));
      return;
    }
    String mappingRefusal = put('/' + name + "/_mapping", IndexTemplates.mappings(dataStream));
    steps.add(
        mappingRefusal == null
            ? new Step(mappings, Outcome.DONE, null)
            : new Step(
                mappings, Outcome.SKIPPED, mappingRefusal + "; they come with the next rollover"));
    if (options.ilmPolicy() != null) {
      steps.add(
          new Step(
              retention,
              Outcome.SKIPPED,
              "those that exist keep their own; policy "
                  + options.ilmPolicy()
                  + " rules new ones"));
      return;
    }
    String retentionRefusal =
        put(
            "/_data_stream/" + name + "/_lifecycle",
            JsonNodeFactory.instance.objectNode().put("data_retention", options.retentionText()));
    steps.add(
        retentionRefusal == null
            ? new Step(retention, Outcome.DONE, null)
            : new Step(
                retention,
                Outcome.SKIPPED,
                retentionRefusal + "; those that exist keep their own"));
  }

  /** The answer's body; an empty object where the server says that there is no such thing. */
  private JsonNode get(String path) throws StackException {
    Answer answer = clients.request(new Request("GET", path));
    if (answer.isDone()) {
      return answer.body();
    }
    if (answer.status() == 404 || isMissingEndpoint(answer)) {
      return JsonNodeFactory.instance.objectNode();
    }
    throw clients.explain(answer);
  }

  /** Null when it is done, else the reason for which the server refuses the request itself. */
  private @Nullable String put(String path, ObjectNode content) throws StackException {
    Request request = new Request("PUT", path);
    request.setJsonEntity(content.toString());
    Answer answer = clients.request(request);
    if (answer.isDone()) {
      return null;
    }
    if (answer.status() == 400 || isMissingEndpoint(answer)) {
      return answer.reason();
    }
    throw clients.explain(answer);
  }

  private static boolean isMissingEndpoint(Answer answer) {
    return answer.status() == 405
        || (answer.status() == 400 && answer.reason().startsWith("no handler found"));
  }

  private static ObjectNode withDigest(ObjectNode body) {
    ObjectNode copy = body.deepCopy();
    ObjectNode meta = (ObjectNode) copy.path("_meta");
    meta.remove("digest");
    try {
      byte[] source = copy.toString().getBytes(StandardCharsets.UTF_8);
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(source);
      meta.put("digest", HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    return copy;
  }
}
