/** Folders of labelled captures: to train on and to be judged by. */
@NullMarked
package io.earshot.sensor.dataset;

import org.jspecify.annotations.NullMarked;
