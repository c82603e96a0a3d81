/** A real Elasticsearch server of one's own, for tests and the quick start. */
@NullMarked
package io.earshot.deploy.elasticsearch;

import org.jspecify.annotations.NullMarked;
