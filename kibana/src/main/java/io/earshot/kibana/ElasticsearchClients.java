package io.earshot.kibana;

import co.elastic.clients.elasticsearch.ElasticsearchClient;
import co.elastic.clients.elasticsearch._types.ElasticsearchException;
import co.elastic.clients.json.jackson.JacksonJsonpMapper;
import co.elastic.clients.transport.TransportException;
import co.elastic.clients.transport.TransportUtils;
import co.elastic.clients.transport.rest5_client.Rest5ClientTransport;
import co.elastic.clients.transport.rest5_client.low_level.Cancellable;
import co.elastic.clients.transport.rest5_client.low_level.Request;
import co.elastic.clients.transport.rest5_client.low_level.Response;
import co.elastic.clients.transport.rest5_client.low_level.ResponseException;
import co.elastic.clients.transport.rest5_client.low_level.ResponseListener;
import co.elastic.clients.transport.rest5_client.low_level.Rest5Client;
import co.elastic.clients.transport.rest5_client.low_level.Rest5ClientBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.earshot.kibana.ElasticsearchConnection.Trust;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.apache.hc.client5.http.impl.async.HttpAsyncClientBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.message.BasicHeader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The official client of one cluster, in its two forms, and the words for its failures.
 *
 * <p>Opening one sends nothing. May be used by several threads; {@link #close} ends its threads and
 * connections.
 */
public final class ElasticsearchClients implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ElasticsearchClients.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ContentType NDJSON = ContentType.create("application/x-ndjson");
  private static final int CONNECT_TIMEOUT_S = 5;

  private final ElasticsearchConnection connection;
  private final Rest5Client lowLevel;
  private final ElasticsearchClient client;

  private ElasticsearchClients(ElasticsearchConnection connection, Rest5Client lowLevel) {
    this.connection = connection;
    this.lowLevel = lowLevel;
    this.client =
        new ElasticsearchClient(new Rest5ClientTransport(lowLevel, new JacksonJsonpMapper()));
  }

  /**
   * The client for the connection.
   *
   * @throws StackException when the CA file cannot be used
   */
  public static ElasticsearchClients connect(ElasticsearchConnection connection)
      throws StackException {
    int answerWithinMillis = Math.toIntExact(connection.answerWithin().toMillis());
    Rest5ClientBuilder builder =
        Rest5Client.builder(connection.urls())
            .setCompressionEnabled(connection.compress())
            // Whoever calls decides what to send again, and when.
            .setHttpClientConfigCallback(HttpAsyncClientBuilder::disableAutomaticRetries)
            .setConnectionConfigCallback(
                config ->
                    config
                        .setConnectTimeout(CONNECT_TIMEOUT_S, TimeUnit.SECONDS)
                        .setSocketTimeout(answerWithinMillis, TimeUnit.MILLISECONDS))
            .setRequestConfigCallback(
                config -> config.setResponseTimeout(answerWithinMillis, TimeUnit.MILLISECONDS));
    if (!connection.pathPrefix().isEmpty()) {
      builder.setPathPrefix(connection.pathPrefix());
    }
    Credentials credentials = connection.credentials();
    if (credentials != null) {
      builder.setDefaultHeaders(
          new Header[] {new BasicHeader("Authorization", credentials.header())});
    }
    URI proxy = connection.proxy();
    if (proxy != null) {
      builder.setProxy(new HttpHost(proxy.getScheme(), proxy.getHost(), proxy.getPort()));
    }
    switch (connection.trust()) {
      case Trust.Platform _ -> {}
      case Trust.CaFile(Path file) -> builder.setSSLContext(trusting(file));
      case Trust.CaFingerprint(String sha256) ->
          builder.setSSLContext(TransportUtils.sslContextFromCaFingerprint(sha256));
    }
    return new ElasticsearchClients(connection, builder.build());
  }

  /** The typed client; it speaks to servers of its own major version only. */
  public ElasticsearchClient client() {
    return client;
  }

  /**
   * An answer to a request in plain JSON.
   *
   * @param status HTTP status
   * @param body the body; an empty object when there is none or when it is not JSON
   */
  public record Answer(int status, JsonNode body) {
    /** Whether the request was done. */
    public boolean isDone() {
      return status >= 200 && status < 300;
    }

    /** Why it was not done, in the server's words; empty when it gave none. */
    public String reason() {
      return reasonOf(body.path("error"));
    }

    /** The words of an {@code error} object, from the outermost to the innermost cause. */
    public static String reasonOf(JsonNode error) {
      if (error.isTextual()) {
        return error.asText();
      }
      StringBuilder words = new StringBuilder();
      for (JsonNode cause = error; cause.isObject(); cause = cause.path("caused_by")) {
        words.append(words.isEmpty() ? "" : ": ").append(cause.path("reason").asText());
      }
      return words.toString().replaceAll("\\s+", " ");
    }
  }

  /**
   * Sends one {@code _bulk} request without waiting for its answer; data streams must exist or have
   * a template. Of each item the answer holds index, status, error and use of the failure store.
   *
   * @param operations operations and sources, one per line
   */
  public CompletableFuture<Answer> bulk(byte[] operations) {
    Request request = new Request("POST", "/_bulk");
    request.addParameter("require_data_stream", "true");
    request.addParameter(
        "filter_path", "items.*._index,items.*.status,items.*.error,items.*.failure_store");
    request.setEntity(new ByteArrayEntity(operations, NDJSON));
    return send(request);
  }

  /**
   * Searches, after what was indexed has become visible.
   *
   * @throws StackException when there is no answer, or it is a refusal
   */
  public JsonNode search(String index, ObjectNode query) throws StackException {
    Answer refreshed = request(new Request("POST", '/' + index + "/_refresh"));
    if (!refreshed.isDone()) {
      throw explain(refreshed);
    }
    Request request = new Request("POST", '/' + index + "/_search");
    request.setJsonEntity(query.toString());
    Answer answer = request(request);
    if (!answer.isDone()) {
      throw explain(answer);
    }
    return answer.body();
  }

  /**
   * Asks which indices are behind data streams, the one that is written to last. A data stream that
   * does not exist is left out.
   */
  public CompletableFuture<Answer> backingIndices(Collection<String> dataStreams) {
    // A wildcard that matches nothing is no error; the names are compared when the answer is read.
    String names = dataStreams.stream().map(name -> name + '*').collect(Collectors.joining(","));
    Request request = new Request("GET", "/_resolve/index/" + names);
    request.addParameter("filter_path", "data_streams.name,data_streams.backing_indices");
    return send(request);
  }

  /**
   * Asks whether documents are there, as they are now and not as of the last refresh.
   *
   * @param query body of an {@code _mget}: index and id of each
   */
  public CompletableFuture<Answer> found(ObjectNode query) {
    Request request = new Request("POST", "/_mget");
    request.addParameter("_source", "false");
    request.addParameter("filter_path", "docs._id,docs.found");
    request.setJsonEntity(query.toString());
    return send(request);
  }

  /**
   * Sends a request without waiting. It ends with an answer, whatever its status, or exceptionally
   * with a {@link StackException} where there is none. Cancelling it gives the connection up.
   */
  CompletableFuture<Answer> send(Request request) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    Cancellable running =
        lowLevel.performRequestAsync(
            request,
            new ResponseListener() {
              @Override
              public void onSuccess(Response response) {
                answer.complete(answer(response));
              }

              @Override
              public void onFailure(Exception failure) {
                if (failure instanceof ResponseException refused) {
                  answer.complete(answer(refused.getResponse()));
                } else {
                  answer.completeExceptionally(explain(failure));
                }
              }
            });
    var _ =
        answer.whenComplete(
            (_, _) -> {
              if (answer.isCancelled()) {
                running.cancel();
              }
            });
    return answer;
  }

  /**
   * The answer to a request, whatever its status: the low-level client throws for some statuses and
   * not for others, and the typed one throws unchecked exceptions at bodies that it cannot read.
   *
   * @throws StackException when there is no answer
   */
  Answer request(Request request) throws StackException {
    return answer(perform(request));
  }

  private Response perform(Request request) throws StackException {
    try {
      return lowLevel.performRequest(request);
    } catch (ResponseException e) {
      return e.getResponse();
    } catch (IOException e) {
      throw explain(e);
    }
  }

  private static Answer answer(Response response) {
    JsonNode body = null;
    try {
      if (response.getEntity() != null) {
        body = JSON.readTree(EntityUtils.toByteArray(response.getEntity()));
      }
    } catch (JsonProcessingException e) {
      LOG.debug("The answer's body is not JSON", e);
    } catch (IOException e) {
      throw new UncheckedIOException("reading an answer that is in memory", e);
    }
    return new Answer(
        response.getStatusCode(),
        body == null || !body.isObject() ? JsonNodeFactory.instance.objectNode() : body);
  }

  /**
   * Asks the server once, without trying again.
   *
   * @throws StackException when there is no answer, when it is not Elasticsearch's, or when the
   *     credentials are refused
   */
  public void requireReachable() throws StackException {
    Response response = perform(new Request("HEAD", "/"));
    int status = response.getStatusCode();
    // A lean server has no page at its root and says so; that is an answer, too.
    if (status >= 400 && status != 404 && status != 405) {
      throw explain(status, "");
    }
    if (!"Elasticsearch".equals(response.getHeader("X-Elastic-Product"))) {
      throw new StackException(
          StackException.Kind.UNREACHABLE,
          "Something that is not Elasticsearch answers at "
              + target()
              + "; check the URL, and a proxy in between must keep the X-Elastic-Product header");
    }
  }

  /** The connection's URLs, for messages. */
  public String target() {
    return connection.text();
  }

  /**
   * What a failed request means for the operator: one line that says where, what happened and what
   * to do.
   */
  public StackException explain(Exception failure) {
    int status = status(failure);
    return status > 0
        ? explain(status, oneLine(failure), failure)
        : new StackException(
            StackException.Kind.UNREACHABLE,
            "Elasticsearch at " + target() + " cannot be reached: " + transportWords(failure),
            failure);
  }

  /** What an answer means for the operator, as {@link #explain(Exception)}. */
  public StackException explain(Answer answer) {
    return explain(answer.status(), answer.reason());
  }

  /** What an answer of that status means for the operator, as {@link #explain(Exception)}. */
  public StackException explain(int status, String words) {
    return explain(status, words, null);
  }

  private StackException explain(int status, String words, @Nullable Exception cause) {
    String at = "Elasticsearch at " + target() + " answers " + status;
    if (status == 401 || status == 403) {
      String who =
          connection.credentials() == null
              ? "no credentials are configured"
              : connection.credentials() + " is not accepted or lacks a privilege";
      return new StackException(
          StackException.Kind.NOT_ALLOWED,
          at + ": " + who + "; check the credentials and their role",
          cause);
    }
    return new StackException(
        StackException.Kind.REFUSED, words.isEmpty() ? at : at + ": " + words, cause);
  }

  /** HTTP status that the failure carries, 0 for one without an answer. */
  private static int status(Exception failure) {
    return switch (failure) {
      case ElasticsearchException e -> e.status();
      case TransportException e -> Math.max(e.statusCode(), 0);
      case ResponseException e -> e.getResponse().getStatusCode();
      default -> 0;
    };
  }

  private static String transportWords(Exception failure) {
    if (find(failure, UnknownHostException.class) != null) {
      return "the host name is unknown; check the URL and the name service";
    }
    if (find(failure, SSLException.class) instanceof SSLException tls) {
      return "TLS fails (" + oneLine(tls) + "); check the scheme, the host name and the CA file";
    }
    if (find(failure, ConnectException.class) instanceof ConnectException refused) {
      return oneLine(refused) + "; check that it runs there and that the port is right";
    }
    if (find(failure, SocketTimeoutException.class) != null
        || find(failure, TimeoutException.class) != null) {
      return "no answer in time; check the network and the load of the server";
    }
    return oneLine(failure) + "; check the URL and that it is Elasticsearch that listens there";
  }

  private static @Nullable Throwable find(Throwable failure, Class<? extends Throwable> type) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return cause;
      }
    }
    return null;
  }

  private static String oneLine(Throwable failure) {
    String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return message.replaceAll("\\s+", " ").strip();
  }

  static SSLContext trusting(Path caFile) throws StackException {
    try (InputStream pem = Files.newInputStream(caFile)) {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509").generateCertificates(pem);
      if (certificates.isEmpty()) {
        throw new StackException(
            StackException.Kind.UNREACHABLE,
            "The CA file " + caFile + " holds no certificate in PEM");
      }
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (Certificate certificate : certificates) {
        store.setCertificateEntry("ca-" + number++, certificate);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new StackException(
          StackException.Kind.UNREACHABLE,
          "The CA file " + caFile + " cannot be used: " + oneLine(e) + "; a file in PEM is wanted",
          e);
    }
  }

  @Override
  public void close() {
    try {
      lowLevel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("closing the Elasticsearch client failed", e);
    }
  }
}
