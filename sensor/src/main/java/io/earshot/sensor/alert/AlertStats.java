package io.earshot.sensor.alert;

/**
 * What the engine did; {@code opened = closed + open}.
 *
 * @param opened episodes opened so far
 * @param closed episodes closed so far
 * @param open episodes that are open now
 * @param untrusted windows that were no evidence, because the capture was not to be trusted
 * @param forgotten streams that had to make room
 */
public record AlertStats(long opened, long closed, long open, long untrusted, long forgotten) {}
