package io.earshot.sensor.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PcapFileSource;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.pipeline.Pipeline;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.window.IgnoredWindows;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code earshot flows}: one line per flow that named its server, of every service. */
@Command(
    name = "flows",
    description = "Prints one NDJSON line per flow that named its server, of every service.",
    mixinStandardHelpOptions = true)
final class FlowsCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ArgGroup(multiplicity = "1")
  CaptureInput input = new CaptureInput();

  @Option(names = "--recursive", description = "Folders below DIR too.")
  boolean recursive;

  @Mixin KeptEndpoints kept = new KeptEndpoints();

  @Override
  public Integer call() throws CaptureException {
    List<Path> files = input.files(recursive);
    int read = 0;
    PrintStream out = Terminals.bufferedStdout();
    try {
      for (Path file : files) {
        try {
          flows(file, out);
          read++;
        } catch (CaptureException e) {
          if (input.dir == null) {
            throw e;
          }
          Earshot.say(String.valueOf(e.getMessage()));
        }
      }
    } finally {
      Terminals.flush(out);
    }
    kept.keep();
    return read == 0 ? ExitCode.UNREADABLE : ExitCode.DONE;
  }

  private void flows(Path file, PrintStream out) throws CaptureException {
    String label = input.label(file);
    try (PcapFileSource source = PcapFileSource.open(file)) {
      Pipeline pipeline =
          new Pipeline(
              kept.known(PipelineSettings.offline("earshot", PipelineSettings.DEFAULT_WINDOW)),
              IgnoredWindows.INSTANCE,
              flow -> out.println(json(label, flow)));
      source.run(pipeline);
      pipeline.finish();
    }
  }

  private static String json(String capture, FlowDescriptor flow) {
    var identification = flow.identification();
    var match = identification.match();
    ObjectNode node = JSON.createObjectNode();
    node.put("capture", capture);
    node.put("start", AnalysisJson.instant(flow.startNanos()));
    node.put("transport", flow.key().transport());
    ObjectNode client = node.putObject("client");
    client.put("ip", AddressText.of(flow.key().clientAddress()));
    client.put("port", flow.key().clientPort());
    ObjectNode server = node.putObject("server");
    server.put("ip", AddressText.of(flow.key().serverAddress()));
    server.put("port", flow.key().serverPort());
    node.put("server_name", identification.serverName());
    node.put("service", match == null ? null : match.service());
    node.put("role", match == null ? null : match.role().label());
    node.put("evidence", identification.evidence().label());
    node.put("confidence", Math.round(identification.confidence() * 1000) / 1000.0);
    node.put("named", AnalysisJson.instant(flow.namedNanos()));
    node.put("ech_offered", identification.echOffered());
    if (flow.tls() != null && flow.tls().ja4() != null) {
      node.put("ja4", flow.tls().ja4());
    }
    node.put("community_id", flow.communityId());
    return node.toString();
  }
}
