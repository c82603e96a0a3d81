/** Bounded, incremental reading of TLS client hellos. */
@NullMarked
package io.earshot.sensor.identify.tls;

import org.jspecify.annotations.NullMarked;
