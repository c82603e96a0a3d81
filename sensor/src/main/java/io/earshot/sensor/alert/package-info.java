/** Episodes of low quality, opened and closed with hysteresis. */
@NullMarked
package io.earshot.sensor.alert;

import org.jspecify.annotations.NullMarked;
