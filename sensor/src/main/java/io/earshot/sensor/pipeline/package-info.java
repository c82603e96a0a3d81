/** The composition of the stages: one capture in, verdicts and documents out. */
@NullMarked
package io.earshot.sensor.pipeline;

import org.jspecify.annotations.NullMarked;
