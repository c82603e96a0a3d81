/** The sensor as a service: its threads, signals, reload, self-observation. */
@NullMarked
package io.earshot.sensor.daemon;

import org.jspecify.annotations.NullMarked;
