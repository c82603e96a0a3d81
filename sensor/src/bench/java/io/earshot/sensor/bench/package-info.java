/** The benchmark behind {@code deploy/benchmark}: its traffic and its rounds. Not shipped. */
@NullMarked
package io.earshot.sensor.bench;

import org.jspecify.annotations.NullMarked;
