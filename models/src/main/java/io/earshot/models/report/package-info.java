/** The look that every HTML report shares: one file, no network, light, dark and on paper. */
@NullMarked
package io.earshot.models.report;

import org.jspecify.annotations.NullMarked;
