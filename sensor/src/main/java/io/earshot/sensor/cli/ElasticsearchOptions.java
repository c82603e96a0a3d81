package io.earshot.sensor.cli;

import io.earshot.kibana.Credentials;
import io.earshot.kibana.ElasticsearchConnection;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where Elasticsearch is, as commands take it. Secrets come from files only. */
final class ElasticsearchOptions {
  @Option(
      names = "--url",
      paramLabel = "URL",
      split = ",",
      description = "Elasticsearch, for example http://127.0.0.1:9200; several with commas.")
  List<String> urls = List.of();

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = "File that holds the encoded API key.")
  @Nullable Path apiKeyFile;

  @Option(names = "--user", paramLabel = "NAME", description = "User for basic authentication.")
  @Nullable String user;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "File that holds the user's password.")
  @Nullable Path passwordFile;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "PEM certificates that sign the server's certificate.")
  @Nullable Path caFile;

  /** The connection these options describe; all problems end in one line. */
  ElasticsearchConnection connection() {
    if (urls.isEmpty()) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "where is Elasticsearch? give --url, for example --url http://127.0.0.1:9200");
    }
    try {
      return new ElasticsearchConnection(
          urls.stream().map(URI::create).toList(), credentials(), caFile);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "--url: " + e.getMessage());
    }
  }

  private @Nullable Credentials credentials() {
    if (apiKeyFile != null) {
      return new Credentials.ApiKey(secret(apiKeyFile, "--api-key-file"));
    }
    if (user != null && passwordFile != null) {
      return new Credentials.Basic(user, secret(passwordFile, "--password-file"));
    }
    if (user != null || passwordFile != null) {
      throw new CommandFailure(ExitCode.USAGE, "--user and --password-file go together");
    }
    return null;
  }

  private static String secret(Path file, String option) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CONFIGURATION, option + ": cannot read " + file + ": " + e.getMessage());
    }
  }
}
