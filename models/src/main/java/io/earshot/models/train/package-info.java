/** Training and evaluation, split by session and by link. */
@NullMarked
package io.earshot.models.train;

import org.jspecify.annotations.NullMarked;
