/** Model bundle, calibrated classifier and the accumulated stream verdict. */
@NullMarked
package io.earshot.models.classify;

import org.jspecify.annotations.NullMarked;
