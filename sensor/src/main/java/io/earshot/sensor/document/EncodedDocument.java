package io.earshot.sensor.document;

import java.util.Arrays;

/**
 * A document ready to be delivered; nothing downstream reads or changes its JSON.
 *
 * @param dataStream name of the data stream, for example {@code logs-earshot.window-default}
 * @param id the document's {@code _id}
 * @param json one JSON object in UTF-8 without line breaks; the receiver must not write into it
 */
@SuppressWarnings("ArrayRecordComponent") // a copy per access would double the cost of delivery
public record EncodedDocument(String dataStream, String id, byte[] json) {
  @Override
  public boolean equals(Object other) {
    return other instanceof EncodedDocument that
        && dataStream.equals(that.dataStream)
        && id.equals(that.id)
        && Arrays.equals(json, that.json);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return dataStream + '/' + id + " (" + json.length + " B)";
  }
}
