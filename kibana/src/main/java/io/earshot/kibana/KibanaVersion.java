package io.earshot.kibana;

/**
 * Version of a Kibana.
 *
 * @param major first number
 * @param minor second number
 */
record KibanaVersion(int major, int minor) {
  /** Whether rules may tell rows of ES|QL apart: from 8.19 and from 9.1. */
  boolean hasRowAlerts() {
    return major > 9 || (major == 9 ? minor >= 1 : major == 8 && minor >= 19);
  }

  boolean isAtLeast(int otherMajor, int otherMinor) {
    return major > otherMajor || (major == otherMajor && minor >= otherMinor);
  }
}
