/** The command line. */
@NullMarked
package io.earshot.sensor.cli;

import org.jspecify.annotations.NullMarked;
