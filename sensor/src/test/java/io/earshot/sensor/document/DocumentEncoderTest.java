package io.earshot.sensor.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DocumentEncoderTest {
  private final DocumentEncoder encoder = new DocumentEncoder();

  @Test
  void encode_windowWithEveryField_isExactlyThis() {
    assertThat(json(Samples.window()))
        .isEqualTo(
            """
            {"@timestamp":"2026-03-01T20:00:10Z","ecs":{"version":"9.0.0"},\
            "data_stream":{"type":"logs","dataset":"earshot.window","namespace":"default"},\
            "event":{"kind":"event","category":["network"],"type":["info"],\
            "dataset":"earshot.window","module":"earshot","start":"2026-03-01T20:00:00Z",\
            "end":"2026-03-01T20:00:10Z","duration":10000000000,"id":"ID"},\
            "observer":{"name":"north-1","hostname":"sensor-north-1","type":"sensor",\
            "vendor":"Earshot","product":"earshot","version":"0.1.0",\
            "ingress":{"interface":{"name":"span0"},"vlan":{"id":"300"}}},\
            "client":{"ip":"192.0.2.17","port":50412,"user":{"id":"4711","name":"Ada"},\
            "geo":{"country_iso_code":"DE","country_name":"Germany","region_iso_code":"DE-HH",\
            "region_name":"Hamburg","city_name":"Hamburg","location":"53.55,9.99"},\
            "as":{"number":64500,"organization":{"name":"Example Net"}}},\
            "server":{"ip":"2001:db8::5","domain":"audio-fa.scdn.co",\
            "geo":{"country_iso_code":"DE","country_name":"Germany","region_iso_code":"DE-HH",\
            "region_name":"Hamburg","city_name":"Hamburg","location":"53.55,9.99"},\
            "as":{"number":64500,"organization":{"name":"Example Net"}}},\
            "network":{"application":"spotify","type":"ipv4","transport":"tcp","protocol":"tls",\
            "direction":"outbound","community_id":"1:LQU9qZlK+B5F3KDmev6m5PMibrg=",\
            "vlan":{"id":"17"},"bytes":901233,"packets":812},\
            "tls":{"client":{"server_name":"audio-fa.scdn.co",\
            "ja4":"t13d1516h2_8daaf6152771_b186095e22b6"},"version":"1.3",\
            "version_protocol":"tls"},\
            "related":{"ip":["192.0.2.17","2001:db8::5"],\
            "hosts":["audio-fa.scdn.co","guc3-spclient.spotify.com"]},\
            "labels":{"site":"North","pseudonym_key":"0a1b2c3d"},\
            "spotify":{"stream":{"id":"AAECAwQFBgcICQoLDA0ODw","key":"192.0.2.17","clients":1,\
            "started":"2026-03-01T20:00:00.123456789Z","sequence":0},\
            "quality":{"label":"normal","confidence":0.7,\
            "probabilities":{"low":0.2,"normal":0.7,"high":0.1,"very_high":0.0,"lossless":0.0},\
            "score":0.9,"bitrate_kbps":96.0,"cause":"client_setting"},\
            "window":{"duration_s":10.0,"packets":812,"bytes":901233,"packets_down":610,\
            "packets_up":202,"bytes_down":880001,"bytes_up":21232,"flows":3,"bursts":4,\
            "objects":1,"audio_bytes":854123},\
            "identification":{"evidence":["sni","dns"],"confidence":0.99,\
            "named":"2026-03-01T20:00:00Z","ech_offered":true},\
            "cdn":{"name":"Fastly","pop":"HAM"},\
            "network":{"vni":"5010","rtt_ms":23.4,"initial_rtt_ms":31.5,"retransmission_ratio":0.333333,\
            "out_of_order_ratio":0.01,"loss_ratio":0.002,"download_rate_kbps":12345.6,\
            "zero_windows":1,"receiver_limited":2,"sender_limited":3},\
            "capture":{"loss_ratio":0.001,"one_sided":false,"offload":false},\
            "model":{"name":"earshot-streams","version":"1.0.0"},\
            "explanation":[{"feature":"object_bytes_per_second","value":40123.5,"weight":0.41},\
            {"feature":"objects","value":4.0,"weight":0.12},\
            {"feature":"gap_max_s","value":9.1,"weight":-0.05}]}}"""
                .replace("ID", Samples.window().event().id()));
  }

  @Test
  void encode_whatIsNotKnown_isLeftOut() {
    String json = json(Samples.silentWindow());

    assertThat(json)
        .doesNotContain("null")
        .doesNotContain("\"server\"")
        .doesNotContain("\"tls\"")
        .doesNotContain("\"hosts\"")
        .doesNotContain("\"explanation\"")
        .contains("\"quality\":{\"label\":\"unknown\",\"unknown_reason\":\"no_audio\"}");
  }

  @Test
  void encode_anyDocument_namesItsDataStreamAndId() {
    EncodedDocument window = encoder.encode(Samples.window());
    EncodedDocument stream = encoder.encode(Samples.stream());
    EncodedDocument sensor = encoder.encode(Samples.sensor());

    assertThat(window.dataStream()).isEqualTo("logs-earshot.window-default");
    assertThat(stream.dataStream()).isEqualTo("logs-earshot.stream-default");
    assertThat(sensor.dataStream()).isEqualTo("metrics-earshot.sensor-default");
    assertThat(window.id()).isEqualTo(Samples.window().event().id());
    assertThat(window).isEqualTo(encoder.encode(Samples.window())).isNotEqualTo(stream);
  }

  @Test
  void encode_streamDocument_tellsTheEvolution() {
    assertThat(json(Samples.stream()))
        .contains(
            "\"windows\":{\"total\":12,\"low\":0,\"normal\":1,\"high\":8,\"very_high\":0,"
                + "\"lossless\":0,\"unknown\":3}")
        .contains(
            "{\"start\":\"2026-03-01T20:00:30Z\",\"end\":\"2026-03-01T20:02:00Z\","
                + "\"label\":\"high\",\"confidence\":0.88,\"windows\":9}");
  }

  @Test
  void quality_unknownWithoutReason_isRefused() {
    assertThatThrownBy(() -> new Spotify.Quality("unknown", null, null, null, null, null, null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Spotify.Quality("low", 0.5, null, "no_audio", null, null, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void quality_numbersThatCannotBeIndexed_areRefused() {
    assertThatThrownBy(
            () ->
                new Spotify.NetworkHealth(
                    null, Double.NaN, null, null, null, null, null, null, null, null))
        .hasMessageContaining("spotify.network.rtt_ms");
    assertThatThrownBy(
            () ->
                new Spotify.NetworkHealth(
                    null, null, null, 1.01, null, null, null, null, null, null))
        .hasMessageContaining("spotify.network.retransmission_ratio");
    assertThatThrownBy(
            () ->
                new Spotify.Quality("low", null, null, null, null, Double.POSITIVE_INFINITY, null))
        .hasMessageContaining("spotify.quality.bitrate_kbps");
  }

  @Test
  void quality_unknownWithProbabilities_keepsTheBest() {
    Spotify.Quality quality =
        Spotify.Quality.unknown(
            UnknownReason.LOW_CONFIDENCE,
            Map.of(
                QualityClass.LOW, 0.5,
                QualityClass.LOSSLESS, 0.5));

    assertThat(quality.confidence()).isEqualTo(0.5);
    assertThat(quality.score()).isEqualTo(2);
    assertThat(quality.unknownReason()).isEqualTo("low_confidence");
  }

  @Test
  void dataStream_partThatWouldBreakTheName_isRefused() {
    assertThatThrownBy(() -> Ecs.DataStream.window("a-b"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Ecs.DataStream.window("Default"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private String json(Document document) {
    return new String(encoder.encode(document).json(), StandardCharsets.UTF_8);
  }
}
