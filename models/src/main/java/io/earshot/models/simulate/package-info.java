/** Simulated listeners: sessions to packets with known truth. */
@NullMarked
package io.earshot.models.simulate;

import org.jspecify.annotations.NullMarked;
