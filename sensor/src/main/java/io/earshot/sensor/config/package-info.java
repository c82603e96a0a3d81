/** The operator's settings: one YAML file to records. */
@NullMarked
package io.earshot.sensor.config;

import org.jspecify.annotations.NullMarked;
