/** The indexed records, their ECS names and their JSON. */
@NullMarked
package io.earshot.sensor.document;

import org.jspecify.annotations.NullMarked;
