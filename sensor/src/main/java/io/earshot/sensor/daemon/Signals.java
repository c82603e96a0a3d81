package io.earshot.sensor.daemon;

import java.lang.reflect.Proxy;
import java.util.concurrent.BlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the operator asks of the running process by signals.
 *
 * <p>The JDK has only {@code sun.misc.Signal} (module {@code jdk.unsupported}) for that, at whose
 * sight javac warns without a way to say that it is wanted; so it is called by reflection.
 */
final class Signals {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  /** What is asked. */
  enum Wish {
    STOP,
    RELOAD,
    STATUS
  }

  private Signals() {}

  /** From now on signals become wishes. */
  static void handle(BlockingQueue<Wish> wishes) {
    handle("TERM", Wish.STOP, wishes);
    handle("INT", Wish.STOP, wishes);
    handle("HUP", Wish.RELOAD, wishes);
    handle("USR1", Wish.STATUS, wishes);
  }

  private static void handle(String name, Wish wish, BlockingQueue<Wish> wishes) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object listener =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handler},
              (_, method, _) -> {
                // A storm of one signal is one wish.
                if (method.getName().equals("handle") && !wishes.contains(wish)) {
                  boolean _ = wishes.offer(wish);
                }
                return null;
              });
      Object _ =
          signal
              .getMethod("handle", signal, handler)
              .invoke(null, signal.getConstructor(String.class).newInstance(name), listener);
    } catch (ReflectiveOperationException e) {
      LOG.warn("SIG{} cannot be handled here: {}", name, e.toString());
    }
  }
}
