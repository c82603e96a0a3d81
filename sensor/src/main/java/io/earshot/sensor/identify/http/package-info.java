/** The Host header of HTTP/1 requests. */
@NullMarked
package io.earshot.sensor.identify.http;

import org.jspecify.annotations.NullMarked;
