package io.earshot.sensor.output;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.earshot.kibana.ElasticsearchClients;
import io.earshot.kibana.ElasticsearchClients.Answer;
import io.earshot.kibana.StackException;
import io.earshot.sensor.document.EncodedDocument;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shipping agent: takes documents from the spool into bounded {@code _bulk} requests of {@code
 * create} operations and judges every item of the answer by itself.
 *
 * <p>201 and 409 (it is there already, from a request whose answer was lost) are delivered and
 * leave the spool; 429, 5xx, a time-out and a lost connection are tried again after a pause, for as
 * long as it takes; other refusals go to the dead letters and fail nobody else. A request that is
 * refused as a whole (400, 413) is halved until the document that causes it is alone. Missing
 * rights or templates (401, 403, 404) are the operator's to repair: the documents are held, that is
 * said loudly, and tried again.
 *
 * <p>Elasticsearch keeps ids unique only within one backing index. Before a document is sent a
 * second time, the shipper therefore asks whether its data stream has rolled over since it was
 * first sent, and if so whether the document is in one of the older indices; the spool remembers
 * across restarts which index that was. What remains is a roll-over between that question and the
 * request.
 *
 * <p>An agent in the manner of Agrona: {@link #doWork} does what can be done without waiting and
 * returns; who calls it, how often and by which clock is the caller's choice. One owner thread;
 * {@link #status} and {@link #endPause} from any.
 */
public final class BulkShipper {
  private static final Logger LOG = LoggerFactory.getLogger(BulkShipper.class);

  /** Bounds of one request; the server's own limit is 100 MB. */
  static final int BATCH_DOCUMENTS = 1000;

  private static final long BATCH_BYTES = 5L << 20;

  /** While the server works on one request, the next is on its way. */
  private static final int REQUESTS = 2;

  private static final long SHOUT_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final byte[] CREATE_IN = ascii("{\"create\":{\"_index\":\"");
  private static final byte[] WITH_ID = ascii("\",\"_id\":\"");
  private static final byte[] END_OF_OPERATION = ascii("\"}}\n");

  /** About the length of an operation's line. */
  private static final int OPERATION_BYTES = 100;

  private final ElasticsearchClients clients;
  private final Spool spool;
  private final DeadLetterFile deadLetters;
  private final DeliveryStats.Ledger ledger;
  private final Backoff backoff;
  private final LongSupplier nanoClock;
  private final RandomGenerator random;
  private final Runnable wakeUp;

  private final List<Exchange> underWay = new ArrayList<>();
  private final Deque<List<SpooledDocument>> again = new ArrayDeque<>();

  /** Documents that were sent and of which it is not known that they arrived. */
  private final Set<Long> doubtful = new HashSet<>();

  private final Map<String, String> lastSeenIndex = new HashMap<>();
  private boolean cannotLookUp;
  private boolean refusedBefore;
  private int failures;
  private long failingSinceNanos;
  private long resumeAtNanos;
  private long lastShoutNanos;
  private volatile boolean pauseEnded;
  private volatile Status status = new Status(State.SHIPPING, 0, "");

  /** What the shipper is doing. */
  public enum State {
    /** It delivers what comes. */
    SHIPPING,
    /** The other side does not take documents now; it tries again by itself. */
    BACKING_OFF,
    /** The other side wants something of the operator first. */
    HELD
  }

  /**
   * How it goes.
   *
   * @param state what the shipper is doing
   * @param failures tries in a row without progress
   * @param reason of the last failure, for the operator; empty while there is none
   */
  public record Status(State state, int failures, String reason) {}

  private enum Phase {
    RESOLVING,
    LOOKING_UP,
    SENDING
  }

  /** Documents on their way through the questions that must be asked and the request itself. */
  private static final class Exchange {
    private List<SpooledDocument> documents;
    private final Map<String, List<String>> olderIndices = new HashMap<>();
    private List<SpooledDocument> askedFor = List.of();
    private Phase phase;
    private CompletableFuture<Answer> answer;

    Exchange(List<SpooledDocument> documents, Phase phase, CompletableFuture<Answer> answer) {
      this.documents = documents;
      this.phase = phase;
      this.answer = answer;
    }
  }

  BulkShipper(
      ElasticsearchClients clients,
      Spool spool,
      DeadLetterFile deadLetters,
      DeliveryStats.Ledger ledger,
      Backoff backoff,
      LongSupplier nanoClock,
      RandomGenerator random,
      Runnable wakeUp) {
    this.clients = clients;
    this.spool = spool;
    this.deadLetters = deadLetters;
    this.ledger = ledger;
    this.backoff = backoff;
    this.nanoClock = nanoClock;
    this.random = random;
    this.wakeUp = wakeUp;
    this.resumeAtNanos = nanoClock.getAsLong();
  }

  /**
   * Does what can be done now and returns at once.
   *
   * @return how much was done; 0 when there was nothing to do
   */
  public int doWork() {
    int work = spool.tick();
    if (pauseEnded) {
      pauseEnded = false;
      resumeAtNanos = nanoClock.getAsLong();
    }
    Iterator<Exchange> exchanges = underWay.iterator();
    List<Exchange> done = new ArrayList<>();
    while (exchanges.hasNext()) {
      Exchange exchange = exchanges.next();
      if (exchange.answer.isDone()) {
        exchanges.remove();
        done.add(exchange);
      }
    }
    for (Exchange exchange : done) {
      goOn(exchange);
      work++;
    }
    while (nanoClock.getAsLong() - resumeAtNanos >= 0
        && underWay.size() < (failures > 0 ? 1 : REQUESTS)) {
      List<SpooledDocument> batch = again.poll();
      if (batch == null) {
        batch = spool.read(BATCH_DOCUMENTS, BATCH_BYTES);
      }
      if (batch.isEmpty()) {
        break;
      }
      begin(batch);
      work++;
    }
    shoutAgain();
    return work;
  }

  /**
   * How long there is nothing to do for certain, unless an answer comes; 0 when that is unknown.
   */
  public long pauseNanos() {
    return underWay.isEmpty() ? Math.max(0, resumeAtNanos - nanoClock.getAsLong()) : 0;
  }

  /** Ends a pause after failures: somebody waits, or has reason to think that it will work now. */
  public void endPause() {
    pauseEnded = true;
  }

  /** How it goes. */
  public Status status() {
    return status;
  }

  /** Gives up the requests that are under way; their documents stay in the spool. */
  void cancel() {
    for (Exchange exchange : underWay) {
      exchange.answer.cancel(true);
    }
    underWay.clear();
    deadLetters.close();
  }

  private void begin(List<SpooledDocument> batch) {
    Set<String> unclear = new TreeSet<>();
    for (SpooledDocument document : batch) {
      String dataStream = document.document().dataStream();
      if (isDoubtful(document) || spool.writeIndex(dataStream) == null) {
        unclear.add(dataStream);
      }
    }
    if (unclear.isEmpty() || cannotLookUp) {
      start(new Exchange(batch, Phase.SENDING, send(batch)));
    } else {
      start(new Exchange(batch, Phase.RESOLVING, clients.backingIndices(unclear)));
    }
  }

  private boolean isDoubtful(SpooledDocument document) {
    return doubtful.contains(document.sequence()) || spool.isRecovered(document);
  }

  private void start(Exchange exchange) {
    underWay.add(exchange);
    var _ = exchange.answer.whenComplete((_, _) -> wakeUp.run());
  }

  private void next(Exchange exchange, Phase phase, CompletableFuture<Answer> answer) {
    exchange.phase = phase;
    exchange.answer = answer;
    start(exchange);
  }

  private CompletableFuture<Answer> send(List<SpooledDocument> batch) {
    batch.forEach(document -> doubtful.add(document.sequence()));
    return clients.bulk(operations(batch));
  }

  private void goOn(Exchange exchange) {
    if (exchange.answer.state() != Future.State.SUCCESS) {
      Throwable failure = exchange.answer.exceptionNow();
      failed(
          exchange.documents,
          failure instanceof StackException known
              ? known
              : new StackException(StackException.Kind.UNREACHABLE, failure.toString(), failure));
      return;
    }
    Answer answer = exchange.answer.resultNow();
    switch (exchange.phase) {
      case RESOLVING -> resolved(exchange, answer);
      case LOOKING_UP -> lookedUp(exchange, answer);
      case SENDING -> sent(exchange, answer);
    }
  }

  private void resolved(Exchange exchange, Answer answer) {
    if (!answer.isDone()) {
      unanswered(exchange, answer);
      return;
    }
    Map<String, List<String>> indices = new HashMap<>();
    for (JsonNode dataStream : answer.body().path("data_streams")) {
      List<String> names = new ArrayList<>();
      dataStream.path("backing_indices").forEach(index -> names.add(index.asText()));
      indices.put(dataStream.path("name").asText(), names);
    }
    List<SpooledDocument> toAsk = new ArrayList<>();
    for (SpooledDocument document : exchange.documents) {
      String dataStream = document.document().dataStream();
      List<String> all = indices.getOrDefault(dataStream, List.of());
      String current = all.isEmpty() ? "" : all.getLast();
      String known = spool.writeIndex(dataStream);
      if (isDoubtful(document) && !current.equals(known) && all.size() > 1) {
        int from = known == null ? 0 : Math.max(0, all.indexOf(known));
        exchange.olderIndices.put(dataStream, all.subList(from, all.size() - 1));
        toAsk.add(document);
      }
    }
    // Only what the spool does not know yet: what it knows is older, and so on the safe side.
    for (String dataStream : dataStreams(exchange.documents)) {
      if (spool.writeIndex(dataStream) == null) {
        List<String> all = indices.getOrDefault(dataStream, List.of());
        spool.rememberWriteIndex(dataStream, all.isEmpty() ? "" : all.getLast());
      }
    }
    if (toAsk.isEmpty()) {
      next(exchange, Phase.SENDING, send(exchange.documents));
    } else {
      exchange.askedFor = toAsk;
      next(exchange, Phase.LOOKING_UP, clients.found(query(exchange)));
    }
  }

  private static Set<String> dataStreams(List<SpooledDocument> documents) {
    Set<String> names = new TreeSet<>();
    documents.forEach(document -> names.add(document.document().dataStream()));
    return names;
  }

  private static ObjectNode query(Exchange exchange) {
    ObjectNode query = JsonNodeFactory.instance.objectNode();
    ArrayNode all = query.putArray("docs");
    for (SpooledDocument document : exchange.askedFor) {
      for (String index :
          exchange.olderIndices.getOrDefault(document.document().dataStream(), List.of())) {
        all.addObject().put("_index", index).put("_id", document.document().id());
      }
    }
    return query;
  }

  private void lookedUp(Exchange exchange, Answer answer) {
    if (!answer.isDone()) {
      unanswered(exchange, answer);
      return;
    }
    Set<String> found = new HashSet<>();
    for (JsonNode document : answer.body().path("docs")) {
      if (document.path("found").asBoolean()) {
        found.add(document.path("_id").asText());
      }
    }
    List<SpooledDocument> there = new ArrayList<>();
    List<SpooledDocument> missing = new ArrayList<>(exchange.documents);
    for (SpooledDocument document : exchange.askedFor) {
      if (found.contains(document.document().id())) {
        there.add(document);
      }
    }
    missing.removeAll(new HashSet<>(there));
    if (!there.isEmpty()) {
      LOG.info("{} documents were stored before their data stream rolled over", there.size());
      forget(there);
      ledger.delivered(there.size(), there.size());
      spool.remove(there);
    }
    if (missing.isEmpty()) {
      progressed(List.of(), null);
      return;
    }
    exchange.documents = missing;
    next(exchange, Phase.SENDING, send(missing));
  }

  /** A question that the server does not answer must not keep the documents back for ever. */
  private void unanswered(Exchange exchange, Answer answer) {
    if (answer.status() == 429 || answer.status() >= 500) {
      failed(exchange.documents, clients.explain(answer));
      return;
    }
    if (!cannotLookUp && answer.status() != 401) {
      cannotLookUp = true;
      LOG.warn(
          "{}; it cannot be asked whether a document is there already, so one that is sent again"
              + " after a roll-over may be stored twice (\"earshot setup --print-role\" lists the"
              + " privileges)",
          clients.explain(answer).getMessage());
    }
    next(exchange, Phase.SENDING, send(exchange.documents));
  }

  private void sent(Exchange exchange, Answer answer) {
    List<SpooledDocument> documents = exchange.documents;
    if (answer.isDone()) {
      judge(documents, answer.body().path("items"));
    } else if (answer.status() != 400 && answer.status() != 413) {
      failed(documents, clients.explain(answer));
    } else if (documents.size() == 1) {
      boolean buried = bury(documents.getFirst(), answer.status(), answer.reason());
      progressed(buried ? List.of() : documents, null);
    } else {
      int half = documents.size() / 2;
      again.addFirst(documents.subList(half, documents.size()));
      again.addFirst(documents.subList(0, half));
    }
  }

  private void judge(List<SpooledDocument> documents, JsonNode items) {
    if (items.size() != documents.size()) {
      failed(
          documents,
          new StackException(
              StackException.Kind.UNREACHABLE,
              "Elasticsearch at %s answered for %d of %d documents"
                  .formatted(clients.target(), items.size(), documents.size())));
      return;
    }
    List<SpooledDocument> delivered = new ArrayList<>(documents.size());
    List<SpooledDocument> left = new ArrayList<>();
    StackException failure = null;
    long duplicates = 0;
    for (int i = 0; i < items.size(); i++) {
      JsonNode item = items.path(i).path("create");
      SpooledDocument document = documents.get(i);
      int status = item.path("status").asInt();
      boolean refused = false;
      String reason = "";
      if (item.path("failure_store").asText().equals("used")) {
        refused = true;
        reason = "kept in the data stream's failure store";
      } else if (status == 200 || status == 201) {
        delivered.add(document);
        lastSeenIndex.put(document.document().dataStream(), item.path("_index").asText());
      } else if (status == 409) {
        delivered.add(document);
        duplicates++;
      } else if (mayBeAcceptedLater(status)) {
        left.add(document);
        if (failure == null || isOperators(status)) {
          failure = explain(document.document(), status, Answer.reasonOf(item.path("error")));
        }
      } else {
        refused = true;
        reason = Answer.reasonOf(item.path("error"));
      }
      if (refused && !bury(document, status, reason)) {
        left.add(document);
      }
    }
    forget(delivered);
    ledger.delivered(delivered.size(), duplicates);
    spool.remove(delivered);
    if (left.size() == documents.size()) {
      failed(left, failure == null ? noDeadLetter() : failure);
    } else {
      progressed(left, failure);
    }
  }

  private static StackException noDeadLetter() {
    return new StackException(
        StackException.Kind.REFUSED, "dead letters cannot be written; see the lines above");
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

  private void forget(List<SpooledDocument> settled) {
    settled.forEach(document -> doubtful.remove(document.sequence()));
  }

  /** False when the letter cannot be written now; the document then stays. */
  private boolean bury(SpooledDocument document, int status, String reason) {
    if (!refusedBefore) {
      refusedBefore = true;
      LOG.warn(
          "Elasticsearch refuses a document ({}): {}; it and others like it go to {}",
          status,
          reason,
          DeadLetterFile.NAME);
    }
    switch (deadLetters.write(new DeadLetter(document.document(), status, reason))) {
      case FAILED -> {
        return false;
      }
      case YES -> ledger.deadLettered();
      case NO_ROOM -> ledger.dropped(DropReason.DEAD_LETTERS_FULL, 1);
    }
    forget(List.of(document));
    spool.remove(List.of(document));
    return true;
  }

  /** Something was settled; what is left is tried again after the shortest pause. */
  private void progressed(List<SpooledDocument> left, @Nullable StackException failure) {
    if (!left.isEmpty()) {
      failures = 0;
      failed(left, failure == null ? noDeadLetter() : failure);
      return;
    }
    if (failures > 0) {
      LOG.info(
          "Elasticsearch at {} takes documents again after {} s; {} wait",
          clients.target(),
          TimeUnit.NANOSECONDS.toSeconds(nanoClock.getAsLong() - failingSinceNanos),
          spool.size());
    }
    failures = 0;
    resumeAtNanos = nanoClock.getAsLong();
    status = new Status(State.SHIPPING, 0, "");
    rememberIndices();
  }

  /** Once nothing is in doubt, roll-overs so far are of no interest any more. */
  private void rememberIndices() {
    if (!lastSeenIndex.isEmpty() && doubtful.isEmpty() && !spool.holdsUnreadRecovered()) {
      lastSeenIndex.forEach(
          (dataStream, index) -> {
            if (!index.equals(spool.writeIndex(dataStream))) {
              spool.rememberWriteIndex(dataStream, index);
            }
          });
      lastSeenIndex.clear();
    }
  }

  private void failed(List<SpooledDocument> left, StackException failure) {
    again.addFirst(left);
    boolean held = failure.kind() == StackException.Kind.NOT_ALLOWED;
    String reason = failure.getMessage();
    long now = nanoClock.getAsLong();
    if (status.state() == State.SHIPPING) {
      failingSinceNanos = now;
    }
    if (held && status.state() != State.HELD) {
      lastShoutNanos = now;
      LOG.error("{}; {} documents are held until then", reason, spool.size());
    } else if (!held && status.state() != State.BACKING_OFF) {
      LOG.warn("{}; trying again, {} documents wait", reason, spool.size());
    }
    failures++;
    status = new Status(held ? State.HELD : State.BACKING_OFF, failures, reason);
    resumeAtNanos = now + backoff.pauseNanos(failures, random);
  }

  private void shoutAgain() {
    if (status.state() == State.HELD
        && nanoClock.getAsLong() - lastShoutNanos >= SHOUT_EVERY_NANOS) {
      lastShoutNanos = nanoClock.getAsLong();
      LOG.error("{}; {} documents are still held", status.reason(), spool.size());
    }
  }

  /** Each document's {@code create} operation and source, a line each. */
  private static byte[] operations(List<SpooledDocument> documents) {
    int bytes = 0;
    for (SpooledDocument document : documents) {
      bytes += document.document().json().length + OPERATION_BYTES;
    }
    ByteArrayOutputStream lines = new ByteArrayOutputStream(bytes);
    JsonStringEncoder encoder = JsonStringEncoder.getInstance();
    for (SpooledDocument spooled : documents) {
      EncodedDocument document = spooled.document();
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

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
