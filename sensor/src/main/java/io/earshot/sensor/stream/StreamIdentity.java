package io.earshot.sensor.stream;

import java.net.InetAddress;

/**
 * Who a stream belongs to. Immutable, crosses threads.
 *
 * @param id unique over sensors and time: a hash of sensor, client and start
 * @param client address of the listener
 * @param vlanId outermost VLAN of the first packet, -1 without
 * @param startNanos time of the first packet, nanoseconds since the epoch
 * @param sequence number of the stream within the run, from 1
 */
public record StreamIdentity(
    String id, InetAddress client, int vlanId, long startNanos, int sequence) {}
