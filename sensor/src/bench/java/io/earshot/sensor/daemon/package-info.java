/** The soak test behind {@code deploy/checks/soak}. Not shipped. */
@NullMarked
package io.earshot.sensor.daemon;

import org.jspecify.annotations.NullMarked;
