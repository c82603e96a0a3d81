package io.earshot.sensor.identify.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.earshot.sensor.identify.tls.HostNames;
import java.lang.foreign.MemorySegment;

/** Whatever comes, the HTTP parser answers. */
class HttpFuzzTest {
  @FuzzTest(maxDuration = "10m")
  void request_ofAnyBytes_isAnswered(byte[] data) {
    if (HttpHostParser.parse(MemorySegment.ofArray(data), 0, data.length)
        instanceof HttpResult.Named named) {
      assertThat(named.host()).isNotEmpty().hasSizeLessThanOrEqualTo(HostNames.MAX_BYTES);
      assertThat(named.path().length()).isLessThanOrEqualTo(HttpHostParser.MAX_PATH);
    }
  }
}
