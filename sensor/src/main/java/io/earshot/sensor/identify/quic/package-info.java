/** QUIC Initial packets and the hello they carry. */
@NullMarked
package io.earshot.sensor.identify.quic;

import org.jspecify.annotations.NullMarked;
