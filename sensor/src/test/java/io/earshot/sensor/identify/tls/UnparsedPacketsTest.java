package io.earshot.sensor.identify.tls;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.earshot.sensor.identify.dns.DnsHandler;
import io.earshot.sensor.identify.dns.DnsParser;
import io.earshot.sensor.identify.http.HttpHostParser;
import io.earshot.sensor.identify.quic.QuicHandshakeAssembler;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Packets that name nobody must cost no memory. */
class UnparsedPacketsTest {
  private static final DnsHandler NOBODY =
      new DnsHandler() {
        @Override
        public void onAddress(String query, String owner, long hi, long lo, long ttlSeconds) {}

        @Override
        public void onAlias(String query, String name) {}
      };

  @Test
  void looks_packetsWithoutAName_allocateNothing() {
    MemorySegment application = MemorySegment.ofArray(new byte[1400]);
    application.set(ValueLayout.JAVA_BYTE, 0, (byte) 23);
    MemorySegment query = MemorySegment.ofArray(new byte[40]);
    DnsParser dns = new DnsParser();
    HandshakeAssembler decided = new HandshakeAssembler();
    decided.offer(1, application, 0, 1400);
    int named = 0;
    for (int i = 0; i < 20_000; i++) {
      named += looks(application, query, dns, decided);
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    long cost = threads.getCurrentThreadAllocatedBytes() - before;
    before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 20_000; i++) {
      named += looks(application, query, dns, decided);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before - cost;

    assertThat(named).isZero();
    // A compilation that ends during the run may cost some bytes once, never some for each packet.
    assertThat(allocated).isLessThan(20_000L);
  }

  private static int looks(
      MemorySegment application, MemorySegment query, DnsParser dns, HandshakeAssembler decided) {
    int named = 0;
    named += HandshakeAssembler.startsHello(application, 0, 1400) ? 1 : 0;
    named += ServerFlightAssembler.startsFlight(application, 0, 1400) ? 1 : 0;
    named += QuicHandshakeAssembler.startsQuic(application, 0, 1400) ? 1 : 0;
    named += QuicHandshakeAssembler.isUnsupported(application, 0, 1400) ? 1 : 0;
    named += decided.offer(1401, application, 0, 1400) == AssemblyResult.NOT_TLS ? 0 : 1;
    HttpHostParser.parse(application, 0, 1400);
    dns.parse(query, 0, 40, NOBODY);
    return named;
  }
}
