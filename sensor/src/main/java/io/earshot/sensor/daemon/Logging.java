package io.earshot.sensor.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import io.earshot.sensor.config.Configuration;
import java.net.URL;
import org.slf4j.LoggerFactory;

/** The log of the daemon as the operator wants it. Owner: the supervising thread. */
final class Logging {
  private Logging() {}

  /** Takes the settings over; also while the sensor runs. */
  static void use(Configuration.Log log) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    String form =
        switch (log.format()) {
          case TEXT -> "log-text.xml";
          case ECS_JSON -> "log-ecs.xml";
        };
    URL url = Logging.class.getResource(form);
    if (url == null) {
      throw new IllegalStateException(form + " is missing from the class path");
    }
    context.reset();
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    try {
      configurator.doConfigure(url);
    } catch (JoranException e) {
      throw new IllegalStateException(form + " cannot be read", e);
    }
    context.getLogger("io.earshot").setLevel(Level.toLevel(log.level().name()));
  }
}
