package io.earshot.deploy.elasticsearch;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Runs one Elasticsearch node in this process, on the loopback address only, until it is asked to
 * end.
 *
 * <p>Usage: {@code HOME WORK PORT [--until-stdin-ends] [setting=value ...]}. {@code HOME} holds
 * {@code lib/}, which must be the module path, and {@code modules/}; {@code WORK} gets the
 * configuration, the data and the logs; {@code PORT} is the HTTP port, 0 for any free one. Once the
 * node answers, the line {@code STARTED port} appears on standard output. The node ends on a signal
 * and, with {@code --until-stdin-ends}, when standard input ends, so that it does not outlive the
 * process that started it.
 *
 * <p>The server is reached by reflection: compiling needs none of its files, and a release that
 * moves things is told apart from one that works by a message instead of a linkage error.
 */
public final class ElasticsearchLauncher {
  private static final String NODE_NAME = "earshot";
  private static final String UNTIL_STDIN_ENDS = "--until-stdin-ends";

  private ElasticsearchLauncher() {}

  /** See the class. */
  public static void main(String[] args) throws Exception {
    if (args.length < 3) {
      System.err.println("usage: HOME WORK PORT [--until-stdin-ends] [setting=value ...]");
      System.exit(2);
    }
    Path home = Path.of(args[0]).toAbsolutePath();
    Path work = Path.of(args[1]).toAbsolutePath();
    List<String> rest = Arrays.asList(args).subList(3, args.length);
    Closeable node = start(home, work, settings(home, work, args[2], rest));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node), "close-node"));
    System.out.println("STARTED " + httpPort(work));
    if (rest.contains(UNTIL_STDIN_ENDS)) {
      System.in.transferTo(OutputStream.nullOutputStream());
      System.exit(0);
    }
    Thread.currentThread().join();
  }

  private static Map<String, String> settings(
      Path home, Path work, String port, List<String> rest) {
    Map<String, String> settings = new TreeMap<>();
    settings.put("path.home", home.toString());
    settings.put("path.data", work.resolve("data").toString());
    settings.put("path.logs", logs(work).toString());
    settings.put("cluster.name", "earshot");
    settings.put("node.name", NODE_NAME);
    settings.put("node.portsfile", "true");
    settings.put("discovery.type", "single-node");
    settings.put("network.host", "127.0.0.1");
    settings.put("http.port", port);
    settings.put("transport.port", "0");
    // A nearly full disk must not stop a test that writes a few megabytes.
    settings.put("cluster.routing.allocation.disk.threshold_enabled", "false");
    for (String argument : rest) {
      int equals = argument.indexOf('=');
      if (equals > 0) {
        settings.put(argument.substring(0, equals), argument.substring(equals + 1));
      }
    }
    return settings;
  }

  private static Closeable start(Path home, Path work, Map<String, String> settings)
      throws IOException, ReflectiveOperationException {
    Path config = Files.createDirectories(work.resolve("config"));
    Files.createDirectories(logs(work));
    Files.deleteIfExists(portsFile(work));
    Path plugins = Files.createDirectories(work.resolve("plugins"));

    Class<?> settingsClass = Class.forName("org.elasticsearch.common.settings.Settings");
    Object builder = settingsClass.getMethod("builder").invoke(null);
    Method put = builder.getClass().getMethod("put", String.class, String.class);
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      put.invoke(builder, setting.getKey(), setting.getValue());
    }
    Object built = builder.getClass().getMethod("build").invoke(builder);

    Class.forName("org.elasticsearch.common.logging.LogConfigurator")
        .getMethod("configureESLogging")
        .invoke(null);
    Supplier<String> nodeName = () -> NODE_NAME;
    Object environment =
        Class.forName("org.elasticsearch.node.InternalSettingsPreparer")
            .getMethod("prepareEnvironment", settingsClass, Map.class, Path.class, Supplier.class)
            .invoke(null, built, Map.of(), config, nodeName);

    Class<?> loaderClass = Class.forName("org.elasticsearch.plugins.PluginsLoader");
    Object loader =
        loaderClass
            .getMethod("createPluginsLoader", Set.class, Set.class, Map.class)
            .invoke(
                null,
                bundles(loaderClass, "loadModulesBundles", home.resolve("modules")),
                bundles(loaderClass, "loadPluginsBundles", plugins),
                Map.of());
    Object node =
        Class.forName("org.elasticsearch.node.Node")
            .getConstructor(Class.forName("org.elasticsearch.env.Environment"), loaderClass)
            .newInstance(environment, loader);
    node.getClass().getMethod("start").invoke(node);
    return (Closeable) node;
  }

  /** Calls the method of that name, whose later parameters changed between releases. */
  private static Object bundles(Class<?> loader, String name, Path folder)
      throws ReflectiveOperationException {
    for (Method method : loader.getMethods()) {
      if (method.getName().equals(name)) {
        return method.getParameterCount() == 1
            ? method.invoke(null, folder)
            : method.invoke(null, folder, false);
      }
    }
    throw new NoSuchMethodException(loader.getName() + '.' + name);
  }

  /** The node writes {@code address:port} lines into this file once it listens. */
  private static String httpPort(Path work) throws IOException {
    String address = Files.readAllLines(portsFile(work)).getFirst();
    return address.substring(address.lastIndexOf(':') + 1);
  }

  private static Path portsFile(Path work) {
    return logs(work).resolve("http.ports");
  }

  private static Path logs(Path work) {
    return work.resolve("logs");
  }

  private static void close(Closeable node) {
    try {
      node.close();
    } catch (IOException e) {
      System.err.println("Elasticsearch did not close cleanly: " + e);
    }
  }
}
