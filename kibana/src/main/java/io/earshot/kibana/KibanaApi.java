package io.earshot.kibana;

import co.elastic.clients.transport.TransportUtils;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.earshot.kibana.ElasticsearchConnection.Trust;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Requests to Kibana's public HTTP API, and the words for its failures. Owner: one thread. */
final class KibanaApi implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration RESPONSE_TIMEOUT = Duration.ofMinutes(2);
  private static final String BOUNDARY = "earshot-saved-objects";

  private final KibanaConnection connection;
  private final HttpClient http;

  /**
   * @throws StackException when the CA file cannot be used
   */
  KibanaApi(KibanaConnection connection) throws StackException {
    this.connection = connection;
    HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT);
    switch (connection.trust()) {
      case Trust.Platform _ -> {}
      case Trust.CaFile(Path file) -> builder.sslContext(ElasticsearchClients.trusting(file));
      case Trust.CaFingerprint(String sha256) ->
          builder.sslContext(TransportUtils.sslContextFromCaFingerprint(sha256));
    }
    http = builder.build();
  }

  /**
   * An answer.
   *
   * @param status HTTP status
   * @param text the body
   */
  record Answer(int status, String text) {
    boolean isDone() {
      return status >= 200 && status < 300;
    }

    /** The body, an empty object where it is not JSON. */
    JsonNode json() {
      try {
        JsonNode node = JSON.readTree(text);
        return node == null ? JsonNodeFactory.instance.objectNode() : node;
      } catch (JsonProcessingException e) {
        return JsonNodeFactory.instance.objectNode();
      }
    }
  }

  Answer get(String path) throws StackException {
    return send(request(connection.api(path)).GET());
  }

  /** Asks Kibana as a whole, not the space. */
  Answer getOutsideOfSpaces(String path) throws StackException {
    return send(request(URI.create(connection.url() + path)).GET());
  }

  /** Sends JSON; {@code body} null sends none. */
  Answer send(String method, String path, @Nullable JsonNode body) throws StackException {
    HttpRequest.Builder request = request(connection.api(path));
    if (body == null) {
      request.method(method, BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", "application/json")
          .method(method, BodyPublishers.ofString(body.toString()));
    }
    return send(request);
  }

  /** Sends saved objects as the file that the import API wants. */
  Answer importObjects(String ndjson, boolean overwrite) throws StackException {
    String body =
        "--"
            + BOUNDARY
            + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"earshot.ndjson\"\r\n"
            + "Content-Type: application/ndjson\r\n\r\n"
            + ndjson
            + "\r\n--"
            + BOUNDARY
            + "--\r\n";
    return send(
        request(connection.api("/api/saved_objects/_import?overwrite=" + overwrite))
            .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
            .POST(BodyPublishers.ofString(body, StandardCharsets.UTF_8)));
  }

  private HttpRequest.Builder request(URI uri) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).timeout(RESPONSE_TIMEOUT).header("kbn-xsrf", "earshot");
    Credentials credentials = connection.credentials();
    if (credentials != null) {
      request.header("Authorization", credentials.header());
    }
    return request;
  }

  private Answer send(HttpRequest.Builder request) throws StackException {
    try {
      HttpResponse<String> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      if (response.statusCode() == 401 || response.statusCode() == 403) {
        throw new StackException(
            StackException.Kind.NOT_ALLOWED,
            "Kibana at %s answers %d: %s; check the credentials and their role"
                .formatted(
                    connection.url(),
                    response.statusCode(),
                    connection.credentials() == null
                        ? "no credentials are configured"
                        : connection.credentials() + " is not accepted or lacks a privilege"));
      }
      return new Answer(response.statusCode(), response.body());
    } catch (IOException e) {
      throw new StackException(
          StackException.Kind.UNREACHABLE,
          "Kibana at %s cannot be reached: %s".formatted(connection.url(), words(e)),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException(
          StackException.Kind.UNREACHABLE, "interrupted while Kibana was asked", e);
    }
  }

  private static String words(IOException failure) {
    return switch (failure) {
      case HttpTimeoutException _ ->
          "no answer in time; check the network and the load of the host";
      case ConnectException _ ->
          "nothing answers there; check that it runs and that host and port are right";
      case SSLException tls ->
          "TLS fails (" + tls.getMessage() + "); check the scheme, the host name and the CA file";
      default -> failure.getMessage() + "; check the URL";
    };
  }

  /** What a refusal means for the operator. */
  StackException refused(String what, Answer answer) {
    String words = answer.json().path("message").asText();
    return new StackException(
        StackException.Kind.REFUSED,
        "Kibana at %s refuses %s: %d%s"
            .formatted(
                connection.url(), what, answer.status(), words.isEmpty() ? "" : " " + words));
  }

  @Override
  public void close() {
    http.close();
  }
}
