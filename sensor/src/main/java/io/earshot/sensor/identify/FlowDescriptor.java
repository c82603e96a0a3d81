package io.earshot.sensor.identify;

import io.earshot.sensor.flow.CommunityId;
import io.earshot.sensor.flow.FlowKey;
import org.jspecify.annotations.Nullable;

/**
 * An identified flow as the stages after it know it. Immutable, crosses threads. Evidence that
 * comes later makes another descriptor with the same id.
 *
 * @param id number of the flow within this run
 * @param key addresses, ports, transport
 * @param startNanos time of the first packet, nanoseconds since the epoch
 * @param vlanId outermost VLAN, -1 without
 * @param vni outermost virtual network of VXLAN or Geneve, -1 without
 * @param interfaceId capture interface
 * @param identification service, role and evidence
 * @param namedNanos time of the packet that gave that identification
 * @param initialRttNanos from the SYN to the third packet of the handshake, nanoseconds; 0 while
 *     not known
 * @param tls what both ends said in clear, null without a handshake that was seen
 */
public record FlowDescriptor(
    long id,
    FlowKey key,
    long startNanos,
    int vlanId,
    int vni,
    int interfaceId,
    Identification identification,
    long namedNanos,
    long initialRttNanos,
    @Nullable TlsHandshake tls) {

  /** Named at its first packet, without a handshake or virtual network. */
  public FlowDescriptor(
      long id,
      FlowKey key,
      long startNanos,
      int vlanId,
      int interfaceId,
      Identification identification) {
    this(id, key, startNanos, vlanId, -1, interfaceId, identification, startNanos, 0, null);
  }

  /** Community ID version 1 of the flow. */
  public String communityId() {
    return CommunityId.of(key);
  }
}
