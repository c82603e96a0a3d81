/** The shipped dashboards against the documents of this code and a real Elasticsearch. */
@NullMarked
package io.earshot.sensor.dashboard;

import org.jspecify.annotations.NullMarked;
