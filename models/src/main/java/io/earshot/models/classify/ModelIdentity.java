package io.earshot.models.classify;

/**
 * Which model gave a verdict.
 *
 * @param name of its bundle
 * @param version of its bundle
 */
public record ModelIdentity(String name, String version) {
  @Override
  public String toString() {
    return name + " " + version;
  }
}
