package io.earshot.sensor.identify.tls;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The JA4 fingerprint of a client hello: which TLS library speaks, whatever name it asks for.
 *
 * <p>Same hello, same text, also when the client shuffles its extensions. Stateless; any thread.
 * Source: the technical description of JA4 in FoxIO-LLC/ja4 (BSD 3-clause).
 */
public final class Ja4 {
  private static final int SERVER_NAME = 0x0000;
  private static final int ALPN = 0x0010;
  private static final int MAX_COUNT = 99;
  private static final int HASH_DIGITS = 12;

  private Ja4() {}

  /**
   * The fingerprint, 36 characters in three parts.
   *
   * @param quic true for a hello that came in QUIC
   */
  public static String of(ClientHello hello, boolean quic) {
    String suites = sortedHex(hello.cipherSuites(), false);
    String extensions = sortedHex(hello.extensions(), true);
    if (!extensions.isEmpty() && !hello.signatureAlgorithms().isEmpty()) {
      extensions +=
          hello.signatureAlgorithms().stream()
              .filter(value -> !ClientHello.isGrease(value))
              .map(Ja4::hex)
              .collect(Collectors.joining(",", "_", ""));
    }
    return (quic ? "q" : "t")
        + version(hello)
        + (hello.extensions().contains(SERVER_NAME) ? "d" : "i")
        + count(hello.cipherSuites())
        + count(hello.extensions())
        + alpn(hello.alpn())
        + '_'
        + hash(suites)
        + '_'
        + hash(extensions);
  }

  private static String version(ClientHello hello) {
    int version =
        hello.supportedVersions().stream()
            .filter(value -> !ClientHello.isGrease(value))
            .mapToInt(Integer::intValue)
            .max()
            .orElse(hello.legacyVersion());
    return switch (version) {
      case 0x0304 -> "13";
      case 0x0303 -> "12";
      case 0x0302 -> "11";
      case 0x0301 -> "10";
      case 0x0300 -> "s3";
      default -> "00";
    };
  }

  private static String count(List<Integer> values) {
    long count = values.stream().filter(value -> !ClientHello.isGrease(value)).count();
    return (count < 10 ? "0" : "") + Math.min(MAX_COUNT, count);
  }

  private static String alpn(List<String> offered) {
    if (offered.isEmpty() || offered.getFirst().isEmpty()) {
      return "00";
    }
    String name = offered.getFirst();
    char first = name.charAt(0);
    char last = name.charAt(name.length() - 1);
    if (isAlphanumeric(first) && isAlphanumeric(last)) {
      return "" + first + last;
    }
    HexFormat format = HexFormat.of();
    return "" + format.toHighHexDigit(first) + format.toLowHexDigit(last);
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static String sortedHex(List<Integer> values, boolean asExtensions) {
    return values.stream()
        .filter(value -> !ClientHello.isGrease(value))
        .filter(value -> !asExtensions || (value != SERVER_NAME && value != ALPN))
        .sorted()
        .map(Ja4::hex)
        .collect(Collectors.joining(","));
  }

  private static String hex(int value) {
    return HexFormat.of().toHexDigits((short) value);
  }

  private static String hash(String text) {
    if (text.isEmpty()) {
      return "0".repeat(HASH_DIGITS);
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
