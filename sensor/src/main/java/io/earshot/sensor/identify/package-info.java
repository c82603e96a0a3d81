/** Which service and role a flow has, and why we believe it. */
@NullMarked
package io.earshot.sensor.identify;

import org.jspecify.annotations.NullMarked;
