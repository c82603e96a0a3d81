package io.earshot.sensor.document;

import java.time.Instant;

/**
 * One indexed document; the implementing records are the schema of the data streams.
 *
 * <p>Components are named in camel case and written in snake case, nested as in ECS; a null
 * component is left out of the JSON. Instances are immutable and may cross threads.
 */
public sealed interface Document
    permits QualityDocument, StreamDocument, AlertDocument, SensorDocument {
  /**
   * Number of the schema that the records describe. It is part of every document's id: raise it
   * when a field changes its meaning, so that a second analysis with the new meaning is kept beside
   * the first.
   */
  int SCHEMA_VERSION = 1;

  /** The document's time in packet time, equal to {@code event.end}. */
  Instant timestamp();

  /** Where the document goes. */
  Ecs.DataStream dataStream();

  /** The event fields; {@code event.id} is the document's {@code _id}. */
  Ecs.Event event();
}
