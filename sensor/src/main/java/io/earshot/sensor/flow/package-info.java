/** Five-tuples to biflows in a bounded table, with passive TCP health. */
@NullMarked
package io.earshot.sensor.flow;

import org.jspecify.annotations.NullMarked;
