package io.earshot.sensor.flow;

import io.earshot.sensor.decode.PacketView;

/**
 * The stage after the {@link FlowTable}.
 *
 * <p>Called on the capture thread only.
 *
 * @param <A> what it keeps with each flow
 */
public interface FlowHandler<A> {
  /** Makes the attachment of a new flow. */
  A attach(Flow<A> flow);

  /** One packet of a flow that is not foreign; says what to do with the next. */
  Disposition packet(Flow<A> flow, PacketView packet);

  /** The flow ended, was idle for too long or had to make room. */
  void closed(Flow<A> flow);
}
