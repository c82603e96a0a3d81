package io.earshot.sensor.identify;

import io.earshot.sensor.flow.CommunityId;
import io.earshot.sensor.flow.FlowKey;

/**
 * An identified flow as the stages after it know it. Immutable, crosses threads.
 *
 * @param id number of the flow within this run
 * @param key addresses, ports, transport
 * @param startNanos time of the first packet, nanoseconds since the epoch
 * @param vlanId outermost VLAN, -1 without
 * @param interfaceId capture interface
 * @param identification service, role and evidence
 */
public record FlowDescriptor(
    long id,
    FlowKey key,
    long startNanos,
    int vlanId,
    int interfaceId,
    Identification identification) {

  /** Community ID version 1 of the flow. */
  public String communityId() {
    return CommunityId.of(key);
  }
}
