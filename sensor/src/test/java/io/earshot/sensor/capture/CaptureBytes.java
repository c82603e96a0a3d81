package io.earshot.sensor.capture;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Builds pcap and pcapng files byte by byte, in either byte order. */
public final class CaptureBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteOrder order;

  private CaptureBytes(ByteOrder order) {
    this.order = order;
  }

  /** A classic pcap file header. */
  public static CaptureBytes pcap(ByteOrder order, boolean nanos, int linkType) {
    CaptureBytes file = new CaptureBytes(order);
    file.u32(nanos ? 0xa1b23c4d : 0xa1b2c3d4).u16(2).u16(4).u32(0).u32(0).u32(65_535);
    return file.u32(linkType);
  }

  /** An empty start for pcapng blocks; begin with {@link #section}. */
  public static CaptureBytes pcapng(ByteOrder order) {
    return new CaptureBytes(order);
  }

  /**
   * A pcap record.
   *
   * @param fraction in the file's unit
   */
  public CaptureBytes record(long seconds, long fraction, int wire, byte[] frame) {
    return u32((int) seconds).u32((int) fraction).u32(frame.length).u32(wire).raw(frame);
  }

  public CaptureBytes section() {
    return block(0x0a0d0d0a, body().u32(0x1a2b3c4d).u16(1).u16(0).u32(-1).u32(-1).toByteArray());
  }

  /** An interface with microseconds. */
  public CaptureBytes iface(int linkType, int snapLength) {
    return block(1, body().u16(linkType).u16(0).u32(snapLength).toByteArray());
  }

  /** An interface with a resolution and an offset, and an option that is skipped before them. */
  public CaptureBytes iface(int linkType, int snapLength, int resolution, long offsetSeconds) {
    CaptureBytes body = body().u16(linkType).u16(0).u32(snapLength);
    body.u16(2).u16(3).raw(new byte[] {'e', 't', 'h', 0});
    body.u16(9).u16(1).raw(new byte[] {(byte) resolution, 0, 0, 0});
    body.u16(14).u16(8).u64(offsetSeconds);
    return block(1, body.u32(0).toByteArray());
  }

  public CaptureBytes enhanced(int id, long units, int wire, byte[] frame) {
    CaptureBytes body = body().u32(id).u32((int) (units >>> 32)).u32((int) units);
    return block(6, body.u32(frame.length).u32(wire).raw(frame).pad().toByteArray());
  }

  public CaptureBytes obsolete(int id, long units, int wire, byte[] frame) {
    CaptureBytes body = body().u16(id).u16(0).u32((int) (units >>> 32)).u32((int) units);
    return block(2, body.u32(frame.length).u32(wire).raw(frame).pad().toByteArray());
  }

  public CaptureBytes simple(int wire, byte[] frame) {
    return block(3, body().u32(wire).raw(frame).pad().toByteArray());
  }

  public CaptureBytes block(int type, byte[] body) {
    int length = body.length + 12;
    return u32(type).u32(length).raw(body).u32(length);
  }

  public CaptureBytes body() {
    return new CaptureBytes(order);
  }

  public CaptureBytes u16(int value) {
    return raw(ByteBuffer.allocate(2).order(order).putShort((short) value).array());
  }

  public CaptureBytes u32(int value) {
    return raw(ByteBuffer.allocate(4).order(order).putInt(value).array());
  }

  public CaptureBytes u64(long value) {
    return raw(ByteBuffer.allocate(8).order(order).putLong(value).array());
  }

  public CaptureBytes raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  public int size() {
    return out.size();
  }

  public byte[] toByteArray() {
    return out.toByteArray();
  }

  private CaptureBytes pad() {
    return raw(new byte[-out.size() & 3]);
  }
}
