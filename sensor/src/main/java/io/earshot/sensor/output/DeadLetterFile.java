package io.earshot.sensor.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.earshot.sensor.document.EncodedDocument;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.Base64;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Documents that Elasticsearch refused for good, one JSON object per line: when, why, and the
 * document itself, to be read by an operator and sent again once the reason is gone.
 *
 * <p>{@code {"refused":…,"data_stream":…,"id":…,"status":400,"reason":…,"document":{…}}}; a
 * document that is no JSON object is in {@code document_base64}. A line is on the disk when {@link
 * #write} returns. The file is bounded; beyond that it takes no more and says so. One owner thread.
 */
public final class DeadLetterFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeadLetterFile.class);

  /** Name of the file in the spool's folder. */
  public static final String NAME = "dead-letters.ndjson";

  /** The file takes no letter that would make it larger. */
  static final long MOST_BYTES = 64L << 20;

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private final Path file;
  private final InstantSource clock;
  private @Nullable FileChannel channel;

  DeadLetterFile(Path folder, InstantSource clock) {
    this.file = folder.resolve(NAME);
    this.clock = clock;
  }

  /** What became of a letter. */
  enum Written {
    /** It is on the disk. */
    YES,
    /** The file has reached its bound. */
    NO_ROOM,
    /** Not now: the disk is full or fails; the document must be kept. */
    FAILED
  }

  /** Adds a letter. */
  Written write(DeadLetter letter) {
    byte[] line = line(letter);
    try {
      FileChannel open = channel;
      if (open == null) {
        open =
            FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
        channel = open;
        endLastLine(open);
      }
      long end = open.size();
      if (end + line.length > MOST_BYTES) {
        return Written.NO_ROOM;
      }
      try {
        write(open, line, end);
      } catch (IOException e) {
        open.truncate(end); // half a line is worth nothing
        throw e;
      }
      return Written.YES;
    } catch (IOException e) {
      LOG.error(
          "The dead letter {} cannot be written to {}: {}", letter.document(), file, e.toString());
      return Written.FAILED;
    }
  }

  private static void write(FileChannel open, byte[] line, long at) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(line);
    while (bytes.hasRemaining()) {
      open.write(bytes, at + bytes.position());
    }
    open.force(false);
  }

  /** A crash may have left half a line. */
  private static void endLastLine(FileChannel open) throws IOException {
    ByteBuffer last = ByteBuffer.allocate(1);
    if (open.size() > 0 && open.read(last, open.size() - 1) == 1 && last.get(0) != '\n') {
      write(open, new byte[] {'\n'}, open.size());
    }
  }

  private byte[] line(DeadLetter letter) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    put(line, "{\"refused\":\"" + clock.instant() + "\",\"data_stream\":\"");
    quote(line, letter.document().dataStream());
    put(line, "\",\"id\":\"");
    quote(line, letter.document().id());
    put(line, "\",\"status\":" + letter.status() + ",\"reason\":\"");
    quote(line, letter.reason());
    byte[] json = letter.document().json();
    if (isObjectOnOneLine(json)) {
      put(line, "\",\"document\":");
      line.writeBytes(json);
      put(line, "}\n");
    } else {
      put(line, "\",\"document_base64\":\"");
      put(line, Base64.getEncoder().encodeToString(json));
      put(line, "\"}\n");
    }
    return line.toByteArray();
  }

  private static boolean isObjectOnOneLine(byte[] json) {
    for (byte b : json) {
      if (b == '\n' || b == '\r') {
        return false;
      }
    }
    try {
      return JSON.readTree(json).isObject();
    } catch (IOException _) {
      return false;
    }
  }

  private static void put(ByteArrayOutputStream line, String text) {
    line.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void quote(ByteArrayOutputStream line, String text) {
    line.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(text));
  }

  /**
   * Reads a file of dead letters.
   *
   * @return lines that are no dead letters, for example one that a crash cut
   * @throws IOException when the file cannot be read
   */
  public static long read(Path file, Consumer<DeadLetter> reader) throws IOException {
    long unreadable = 0;
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        DeadLetter letter = parse(line);
        if (letter == null) {
          unreadable++;
        } else {
          reader.accept(letter);
        }
      }
    }
    return unreadable;
  }

  private static @Nullable DeadLetter parse(String line) {
    try {
      JsonNode fields = JSON.readTree(line);
      byte[] json =
          fields.path("document").isObject()
              ? fields.path("document").toString().getBytes(StandardCharsets.UTF_8)
              : Base64.getDecoder().decode(fields.path("document_base64").asText());
      String dataStream = fields.path("data_stream").asText();
      if (json.length == 0 || dataStream.isEmpty()) {
        return null;
      }
      return new DeadLetter(
          new EncodedDocument(dataStream, fields.path("id").asText(), json),
          fields.path("status").asInt(),
          fields.path("reason").asText());
    } catch (JsonProcessingException | IllegalArgumentException _) {
      return null;
    }
  }

  @Override
  public void close() {
    FileChannel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        LOG.debug("Closing {} failed", file, e);
      }
    }
  }
}
