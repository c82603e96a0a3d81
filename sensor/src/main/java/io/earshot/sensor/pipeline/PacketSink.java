package io.earshot.sensor.pipeline;

import io.earshot.sensor.decode.PacketView;

/** Takes what {@link FrameStage} makes of frames, in their order and on its thread. */
interface PacketSink {
  /** Mark: packet time has come to the time of the frame. */
  int ADVANCED = 1;

  /** Mark: packet time went back to the time of the frame. */
  int STEPPED_BACK = 2;

  /** Mark: the view holds a packet. */
  int PACKET = 4;

  /** The view to write the next packet to. */
  PacketView next();

  /**
   * The view that {@link #next} gave is written.
   *
   * @param marks what is to be done about it: {@link #ADVANCED} or {@link #STEPPED_BACK}, and then
   *     {@link #PACKET}; 0 for nothing
   */
  void written(int marks);
}
