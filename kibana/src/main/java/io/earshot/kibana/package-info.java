/** What is installed into the Elastic stack, and the installer. */
@NullMarked
package io.earshot.kibana;

import org.jspecify.annotations.NullMarked;
