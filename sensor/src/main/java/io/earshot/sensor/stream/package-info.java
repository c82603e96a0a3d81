/** Flows of one listener to one playing stream: audio objects and track changes. */
@NullMarked
package io.earshot.sensor.stream;

import org.jspecify.annotations.NullMarked;
