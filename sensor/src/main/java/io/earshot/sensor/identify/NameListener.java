package io.earshot.sensor.identify;

/** Told of every flow that named its server, of whatever service. */
public interface NameListener {
  /** Wants to know of none. */
  NameListener NONE = _ -> {};

  /**
   * The flow named its server; called once a flow, and again where a late name overrules a guess;
   * on the capture thread.
   */
  void named(FlowDescriptor flow);
}
