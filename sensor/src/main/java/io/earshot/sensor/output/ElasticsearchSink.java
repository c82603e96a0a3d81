package io.earshot.sensor.output;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import io.earshot.kibana.ElasticsearchClients;
import io.earshot.kibana.ElasticsearchClients.Answer;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.kibana.StackException;
import io.earshot.sensor.document.EncodedDocument;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Indexes documents with bounded {@code _bulk} requests of {@code create} operations and judges
 * every item of the answer by itself.
 *
 * <p>201 and 409 (it is there already, from a request whose answer was lost) count as delivered;
 * 429, 5xx and a lost connection are tried again; other refusals are dead letters, kept with the
 * server's reason, and fail nobody else. A request that is refused as a whole (400, 413) is halved
 * until the document that causes it is alone. Missing rights or templates are the operator's to
 * repair: the documents are kept and the call fails. No document is forgotten between two calls.
 *
 * <p>The price of knowing every document's fate before the next request is one request at a time:
 * the owner thread waits for the server.
 */
public final class ElasticsearchSink implements DocumentSink {
  private static final Logger LOG = LoggerFactory.getLogger(ElasticsearchSink.class);

  /** Bounds of one request; the server's own limit is 100 MB. */
  private static final int BATCH_DOCUMENTS = 1000;

  private static final long BATCH_BYTES = 5L << 20;

  /** Dead letters beyond this number are counted but not kept. */
  private static final int DEAD_LETTERS_KEPT = 1000;

  private static final byte[] CREATE_IN = ascii("{\"create\":{\"_index\":\"");
  private static final byte[] WITH_ID = ascii("\",\"_id\":\"");
  private static final byte[] END_OF_OPERATION = ascii("\"}}\n");

  /** About the length of an operation's line. */
  private static final int OPERATION_BYTES = 100;

  private final ElasticsearchClients clients;
  private final Retry retry;
  private final Pause pause;
  private final RandomGenerator random = RandomGenerator.getDefault();

  private List<EncodedDocument> pending = new ArrayList<>();
  private long pendingBytes;
  private boolean failing;
  private boolean closed;
  private volatile DeliveryStats stats = new DeliveryStats(0, 0, 0, 0, 0, 0);
  private volatile List<DeadLetter> deadLetters = List.of();

  /** How to wait between two tries. */
  interface Pause {
    /** Returns after that time. */
    void await(Duration time) throws InterruptedException;
  }

  private ElasticsearchSink(ElasticsearchClients clients, Retry retry, Pause pause) {
    this.clients = clients;
    this.retry = retry;
    this.pause = pause;
  }

  /**
   * A sink into the cluster, which is asked once whether it is there.
   *
   * @throws DeliveryException when it cannot be reached or does not let the sensor in
   */
  public static ElasticsearchSink open(ElasticsearchConnection connection, Retry retry)
      throws DeliveryException {
    return open(connection, retry, Thread::sleep);
  }

  static ElasticsearchSink open(ElasticsearchConnection connection, Retry retry, Pause pause)
      throws DeliveryException {
    try {
      ElasticsearchClients clients = ElasticsearchClients.connect(connection);
      try {
        clients.requireReachable();
      } catch (StackException e) {
        clients.close();
        throw e;
      }
      return new ElasticsearchSink(clients, retry, pause);
    } catch (StackException e) {
      throw new DeliveryException(e.getMessage(), e);
    }
  }

  @Override
  public void deliver(EncodedDocument document) throws DeliveryException {
    if (closed) {
      throw new IllegalStateException("the sink is closed");
    }
    int bytes = document.json().length;
    if (pending.size() >= BATCH_DOCUMENTS
        || (!pending.isEmpty() && pendingBytes + bytes > BATCH_BYTES)) {
      flush();
    }
    pending.add(document);
    pendingBytes += bytes;
    DeliveryStats s = stats;
    stats =
        new DeliveryStats(
            s.made() + 1,
            s.delivered(),
            s.duplicates(),
            s.spooled() + 1,
            s.deadLettered(),
            s.dropped());
  }

  @Override
  public void flush() throws DeliveryException {
    send(retry.attempts());
  }

  @Override
  public DeliveryStats stats() {
    return stats;
  }

  /** The documents that were refused for good, the first {@value #DEAD_LETTERS_KEPT} of them. */
  public List<DeadLetter> deadLetters() {
    return deadLetters;
  }

  @Override
  public void close() throws DeliveryException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      // Who has just waited in vain is not made to wait again.
      send(failing ? 1 : retry.attempts());
    } finally {
      DeliveryStats s = stats;
      stats =
          new DeliveryStats(
              s.made(),
              s.delivered(),
              s.duplicates(),
              0,
              s.deadLettered(),
              s.dropped() + s.spooled());
      pending = List.of();
      clients.close();
    }
  }

  private void send(int attempts) throws DeliveryException {
    int failures = 0;
    while (!pending.isEmpty()) {
      int before = pending.size();
      Round round = sendOnce(pending);
      pending = round.left();
      pendingBytes = pending.stream().mapToLong(document -> document.json().length).sum();
      if (pending.isEmpty()) {
        break;
      }
      failures = pending.size() < before ? 1 : failures + 1;
      failing = round.held() || failures >= attempts;
      String why = round.failure() == null ? "no reason given" : round.failure();
      if (failing) {
        throw new DeliveryException(
            "%s; %d documents wait undelivered".formatted(why, pending.size()), round.cause());
      }
      if (failures == 1) {
        LOG.warn("{}; trying again, {} documents wait", why, pending.size());
      }
      await(retry.pause(failures, random));
    }
    failing = false;
  }

  private void await(Duration time) throws DeliveryException {
    try {
      pause.await(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failing = true;
      throw new DeliveryException(
          "Interrupted while waiting for Elasticsearch at "
              + clients.target()
              + "; "
              + pending.size()
              + " documents wait undelivered",
          e);
    }
  }

  /**
   * What one request left behind.
   *
   * @param left documents that are still to be delivered
   * @param failure the first reason for it, for the operator
   * @param cause the exception behind it, if it was one
   * @param held whether trying again is useless before the operator has acted
   */
  private record Round(
      List<EncodedDocument> left,
      @Nullable String failure,
      @Nullable Exception cause,
      boolean held) {
    static Round failed(List<EncodedDocument> all, StackException failure) {
      boolean held = failure.kind() == StackException.Kind.NOT_ALLOWED;
      return new Round(all, failure.getMessage(), failure, held);
    }

    /** Both halves of a request together. */
    Round and(Round other) {
      List<EncodedDocument> both = new ArrayList<>(left);
      both.addAll(other.left);
      return failure == null
          ? new Round(both, other.failure, other.cause, other.held)
          : new Round(both, failure, cause, held || other.held);
    }
  }

  private Round sendOnce(List<EncodedDocument> documents) {
    Answer answer;
    try {
      answer = clients.bulk(operations(documents));
    } catch (StackException e) {
      return Round.failed(documents, e);
    }
    if (answer.isDone()) {
      return judge(documents, answer.body().path("items"));
    }
    if (answer.status() != 400 && answer.status() != 413) {
      return Round.failed(documents, clients.explain(answer));
    }
    if (documents.size() == 1) {
      bury(documents.getFirst(), answer.status(), answer.reason());
      return new Round(List.of(), null, null, false);
    }
    int half = documents.size() / 2;
    return sendOnce(documents.subList(0, half))
        .and(sendOnce(documents.subList(half, documents.size())));
  }

  /** Each document's {@code create} operation and source, a line each. */
  private static byte[] operations(List<EncodedDocument> documents) {
    int bytes = 0;
    for (EncodedDocument document : documents) {
      bytes += document.json().length + OPERATION_BYTES;
    }
    ByteArrayOutputStream lines = new ByteArrayOutputStream(bytes);
    JsonStringEncoder encoder = JsonStringEncoder.getInstance();
    for (EncodedDocument document : documents) {
      lines.writeBytes(CREATE_IN);
      lines.writeBytes(encoder.quoteAsUTF8(document.dataStream()));
      lines.writeBytes(WITH_ID);
      lines.writeBytes(encoder.quoteAsUTF8(document.id()));
      lines.writeBytes(END_OF_OPERATION);
      lines.writeBytes(document.json());
      lines.write('\n');
    }
    return lines.toByteArray();
  }

  private Round judge(List<EncodedDocument> documents, JsonNode items) {
    if (items.size() != documents.size()) {
      return new Round(
          documents,
          "Elasticsearch at %s answered for %d of %d documents"
              .formatted(clients.target(), items.size(), documents.size()),
          null,
          false);
    }
    List<EncodedDocument> left = new ArrayList<>();
    StackException failure = null;
    long delivered = 0;
    long duplicates = 0;
    for (int i = 0; i < items.size(); i++) {
      JsonNode item = items.path(i).path("create");
      EncodedDocument document = documents.get(i);
      int status = item.path("status").asInt();
      if (item.path("failure_store").asText().equals("used")) {
        bury(document, status, "kept in the data stream's failure store");
      } else if (status == 200 || status == 201) {
        delivered++;
      } else if (status == 409) {
        delivered++;
        duplicates++;
      } else if (mayBeAcceptedLater(status)) {
        left.add(document);
        if (failure == null || isOperators(status)) {
          failure = explain(document, status, Answer.reasonOf(item.path("error")));
        }
      } else {
        bury(document, status, Answer.reasonOf(item.path("error")));
      }
    }
    DeliveryStats s = stats;
    stats =
        new DeliveryStats(
            s.made(),
            s.delivered() + delivered,
            s.duplicates() + duplicates,
            s.spooled() - delivered,
            s.deadLettered(),
            s.dropped());
    return failure == null ? new Round(left, null, null, false) : Round.failed(left, failure);
  }

  /** A missing status (0) is no verdict. */
  private static boolean mayBeAcceptedLater(int status) {
    return status == 0 || status == 429 || status >= 500 || isOperators(status);
  }

  /** Whether the operator has to grant or install something first. */
  private static boolean isOperators(int status) {
    return status == 401 || status == 403 || status == 404;
  }

  private StackException explain(EncodedDocument document, int status, String reason) {
    return status == 404
        ? new StackException(
            StackException.Kind.NOT_ALLOWED,
            "Elasticsearch at %s has no template for data stream %s; run \"earshot setup\" first"
                .formatted(clients.target(), document.dataStream()))
        : clients.explain(status, reason);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void bury(EncodedDocument document, int status, String reason) {
    if (deadLetters.size() < DEAD_LETTERS_KEPT) {
      List<DeadLetter> more = new ArrayList<>(deadLetters);
      more.add(new DeadLetter(document, status, reason));
      deadLetters = List.copyOf(more);
    }
    if (stats.deadLettered() == 0) {
      LOG.warn("Elasticsearch refuses a document ({}): {}", status, reason);
    }
    DeliveryStats s = stats;
    stats =
        new DeliveryStats(
            s.made(),
            s.delivered(),
            s.duplicates(),
            s.spooled() - 1,
            s.deadLettered() + 1,
            s.dropped());
  }
}
