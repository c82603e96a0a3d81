/** DNS answers over UDP and TCP. */
@NullMarked
package io.earshot.sensor.identify.dns;

import org.jspecify.annotations.NullMarked;
