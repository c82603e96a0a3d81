package io.earshot.sensor.cli;

import io.earshot.kibana.Credentials;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.kibana.ElasticsearchConnection.Trust;
import io.earshot.kibana.KibanaConnection;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Where Elasticsearch is, as commands take it. Secrets come from files or the environment only,
 * never from the command line, which every user of the machine can read.
 */
final class ElasticsearchOptions {
  private static final String API_KEY = "EARSHOT_API_KEY";
  private static final String PASSWORD = "EARSHOT_PASSWORD";

  @Option(
      names = "--url",
      paramLabel = "URL",
      split = ",",
      description = "Elasticsearch, for example http://127.0.0.1:9200; several with commas.")
  List<String> urls = List.of();

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = "File with the encoded API key; without it EARSHOT_API_KEY is looked at.")
  @Nullable Path apiKeyFile;

  @Option(names = "--user", paramLabel = "NAME", description = "User for basic authentication.")
  @Nullable String user;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "File with the user's password; without it EARSHOT_PASSWORD is looked at.")
  @Nullable Path passwordFile;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "PEM certificates that sign the server's certificate.")
  @Nullable Path caFile;

  @Option(
      names = "--ca-fingerprint",
      paramLabel = "HEX",
      description = "Believe only the authority whose certificate has this SHA-256.")
  @Nullable String caFingerprint;

  @Option(names = "--proxy", paramLabel = "URL", description = "HTTP proxy, http://host:port.")
  @Nullable URI proxy;

  @Option(names = "--compress", description = "Send with gzip: less network, more processor.")
  boolean compress;

  @Option(
      names = "--answer-within",
      paramLabel = "TIME",
      converter = WindowLength.class,
      description = "How long to wait for an answer; default 60s.")
  Duration answerWithin = ElasticsearchConnection.ANSWER_WITHIN;

  /** The connection these options describe; all problems end in one line. */
  ElasticsearchConnection connection() {
    if (urls.isEmpty()) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "where is Elasticsearch? give --url, for example --url http://127.0.0.1:9200");
    }
    try {
      return new ElasticsearchConnection(
          urls.stream().map(URI::create).toList(),
          credentials(),
          trust(),
          proxy,
          compress,
          answerWithin);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "Elasticsearch: " + e.getMessage());
    }
  }

  private Trust trust() {
    if (caFile != null && caFingerprint != null) {
      throw new CommandFailure(ExitCode.USAGE, "--ca and --ca-fingerprint exclude each other");
    }
    if (caFile != null) {
      return new Trust.CaFile(caFile);
    }
    return caFingerprint == null ? new Trust.Platform() : new Trust.CaFingerprint(caFingerprint);
  }

  /** The Kibana at that address, with the same credentials. */
  KibanaConnection kibana(String url, String space) {
    try {
      return new KibanaConnection(URI.create(url), space, credentials(), trust());
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "--kibana-url: " + e.getMessage());
    }
  }

  /** Options before the environment. */
  private @Nullable Credentials credentials() {
    if (apiKeyFile != null) {
      return new Credentials.ApiKey(secret(apiKeyFile, "--api-key-file"));
    }
    if (user != null && passwordFile != null) {
      return new Credentials.Basic(user, secret(passwordFile, "--password-file"));
    }
    String password = System.getenv(PASSWORD);
    if (user != null && password != null) {
      return new Credentials.Basic(user, password);
    }
    if (user != null || passwordFile != null) {
      throw new CommandFailure(
          ExitCode.USAGE, "--user goes with --password-file or the environment's " + PASSWORD);
    }
    String apiKey = System.getenv(API_KEY);
    return apiKey == null || apiKey.isBlank() ? null : new Credentials.ApiKey(apiKey.strip());
  }

  /** What a file of one secret holds. */
  static String secret(Path file, String option) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CONFIGURATION, option + ": cannot read " + file + ": " + e.getMessage());
    }
  }
}
