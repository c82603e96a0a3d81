/** Epoch-aligned tumbling windows per stream. */
@NullMarked
package io.earshot.sensor.window;

import org.jspecify.annotations.NullMarked;
