/** Feature schema and extractor: a window and its stream context to numbers. */
@NullMarked
package io.earshot.models.feature;

import org.jspecify.annotations.NullMarked;
