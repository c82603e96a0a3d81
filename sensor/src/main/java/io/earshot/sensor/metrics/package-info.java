/** The sensor's figures about itself, and the page that shows them. */
@NullMarked
package io.earshot.sensor.metrics;

import org.jspecify.annotations.NullMarked;
