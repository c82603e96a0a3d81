package io.earshot.sensor.document;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Instant;

/**
 * Documents to JSON: the same document gives the same bytes in every run.
 *
 * <p>Fields come in the order of the record components, nulls are left out, names are in snake
 * case. Instants are written in ISO 8601 in UTC with 0, 3, 6 or 9 decimals, addresses as {@link
 * AddressText} has them, and real numbers rounded to six decimals. Safe for use by many threads.
 */
public final class DocumentEncoder {
  private static final double DECIMALS = 1e6;

  private static final ObjectWriter WRITER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .addModule(
              new SimpleModule("earshot")
                  .addSerializer(Instant.class, new InstantSerializer())
                  .addSerializer(InetAddress.class, new AddressSerializer())
                  .addSerializer(Double.class, new RoundingSerializer())
                  .addSerializer(double.class, new RoundingSerializer()))
          .build()
          .writer();

  /** The document as it will be indexed. */
  public EncodedDocument encode(Document document) {
    try {
      return new EncodedDocument(
          document.dataStream().name(), document.event().id(), WRITER.writeValueAsBytes(document));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("a document record that cannot be written: " + document, e);
    }
  }

  private static final class InstantSerializer extends JsonSerializer<Instant> {
    @Override
    public void serialize(Instant value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      json.writeString(value.toString());
    }
  }

  private static final class AddressSerializer extends JsonSerializer<InetAddress> {
    @Override
    public void serialize(InetAddress value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      json.writeString(AddressText.of(value));
    }
  }

  private static final class RoundingSerializer extends JsonSerializer<Double> {
    @Override
    public void serialize(Double value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      double scaled = value * DECIMALS;
      boolean roundable = Math.abs(scaled) < Long.MAX_VALUE;
      json.writeNumber(roundable ? Math.round(scaled) / DECIMALS : value);
    }
  }
}
