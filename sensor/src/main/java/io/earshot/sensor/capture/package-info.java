/** Frames with their time: the only package that knows pcap4j or foreign memory of a capture. */
@NullMarked
package io.earshot.sensor.capture;

import org.jspecify.annotations.NullMarked;
