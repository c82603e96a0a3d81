/** Frame bytes to one reused view of the innermost packet; hostile bytes become results. */
@NullMarked
package io.earshot.sensor.decode;

import org.jspecify.annotations.NullMarked;
