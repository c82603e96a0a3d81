/** Delivery of documents: Elasticsearch, files, console. */
@NullMarked
package io.earshot.sensor.output;

import org.jspecify.annotations.NullMarked;
