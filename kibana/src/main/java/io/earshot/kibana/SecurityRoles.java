package io.earshot.kibana;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The least privileges that Earshot works with, as requests that an administrator can send. */
public final class SecurityRoles {
  /** Adds documents; what a sensor runs with. */
  public static final String WRITER = "earshot_writer";

  /** Installs and updates; what {@code earshot setup} runs with. */
  public static final String SETUP = "earshot_setup";

  private SecurityRoles() {}

  /** The role of that name; a new object each time. */
  static ObjectNode role(String name) {
    return IndexTemplates.resource("/security/role-" + name + ".json");
  }

  /** Both roles and a sensor's API key, in the form that Kibana's console takes. */
  public static String requests() {
    ObjectNode descriptor = role(WRITER);
    descriptor.remove("metadata");
    ObjectNode key = JsonNodeFactory.instance.objectNode();
    key.put("name", "earshot-sensor");
    key.putObject("role_descriptors").set(WRITER, descriptor);
    return """
    PUT /_security/role/%s
    %s

    PUT /_security/role/%s
    %s

    POST /_security/api_key
    %s
    """
        .formatted(
            SETUP,
            role(SETUP).toPrettyString(),
            WRITER,
            role(WRITER).toPrettyString(),
            key.toPrettyString());
  }
}
