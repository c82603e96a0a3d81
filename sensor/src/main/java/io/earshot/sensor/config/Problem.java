package io.earshot.sensor.config;

/**
 * One thing that is wrong with a configuration.
 *
 * @param line where, counted from 1
 * @param path the key with its sections, for example {@code capture.interfaces}; empty for the file
 * @param message what is wrong and what to do
 */
public record Problem(int line, String path, String message) {
  /** One line for the operator. */
  public String text(String file) {
    return file + ':' + line + ": " + (path.isEmpty() ? "" : path + ": ") + message;
  }
}
