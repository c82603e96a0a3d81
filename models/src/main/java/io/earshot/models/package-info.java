/** What is known about quality: the classes and the reasons not to answer. */
@NullMarked
package io.earshot.models;

import org.jspecify.annotations.NullMarked;
