package io.earshot.sensor.daemon;

import io.earshot.sensor.config.ConfigurationFile;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What differs between two configurations, and what of that a running sensor can take over.
 *
 * @param taken keys that are taken over now
 * @param restart keys that are looked at only at the start
 */
record Reload(Set<String> taken, Set<String> restart) {
  private static final List<String> WITHOUT_RESTART =
      List.of("services.", "places.", "model.directory", "alert.", "log.", "output.elasticsearch.");

  /** The spool belongs to the process, and its folder may hold documents. */
  private static final String SPOOL = "output.elasticsearch.spool.";

  static Reload between(ConfigurationFile running, ConfigurationFile wanted) {
    Set<String> taken = new TreeSet<>();
    Set<String> restart = new TreeSet<>();
    for (String key : running.changed(wanted)) {
      boolean live =
          WITHOUT_RESTART.stream().anyMatch(key::startsWith)
              && !key.startsWith(SPOOL)
              && !appears(running, wanted, key);
      (live ? taken : restart).add(key);
    }
    return new Reload(taken, restart);
  }

  /**
   * A cluster that was not there, or is not there any more, and a model that is the shipped one.
   */
  private static boolean appears(ConfigurationFile running, ConfigurationFile wanted, String key) {
    if (key.startsWith("output.elasticsearch.")) {
      return (running.configuration().output().elasticsearch() == null)
          != (wanted.configuration().output().elasticsearch() == null);
    }
    return key.equals("model.directory") && wanted.configuration().model().directory() == null;
  }

  /** What runs afterwards: the wanted values, but for keys that wait for a restart. */
  ConfigurationFile after(ConfigurationFile running, ConfigurationFile wanted) {
    Map<String, String> values = new HashMap<>(wanted.values());
    for (String key : restart) {
      String before = running.values().get(key);
      if (before == null) {
        values.remove(key);
      } else {
        values.put(key, before);
      }
    }
    return new ConfigurationFile(wanted.configuration(), wanted.keys(), values);
  }

  boolean takes(String section) {
    return taken.stream().anyMatch(key -> key.startsWith(section));
  }
}
