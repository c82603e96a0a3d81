package io.earshot.sensor.cli;

import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.dataset.Dataset;
import io.earshot.sensor.dataset.DatasetException;
import io.earshot.sensor.dataset.LabelledCapture;
import io.earshot.sensor.dataset.SimulatedCapture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Option;

/** Labelled captures as commands take them: folders, or simulated listeners without files. */
final class DatasetInput {
  @Option(
      names = "--dataset",
      paramLabel = "DIR",
      description = "Folder of captures with labels.csv, as simulate writes it; may be repeated.")
  List<Path> folders = List.of();

  @Option(
      names = "--simulate",
      paramLabel = "N",
      description = "N simulated listeners, made on the spot.")
  int simulated;

  @Option(
      names = "--simulate-seed",
      paramLabel = "S",
      description = "Which simulated listeners; default ${DEFAULT-VALUE}.")
  long simulateSeed = 1;

  /** One capture to its result; called on several threads. */
  interface Task<C, T> {
    T of(C capture) throws CaptureException;
  }

  /** All captures that were asked for; the simulated ones come last. */
  List<LabelledCapture> captures() throws DatasetException {
    List<LabelledCapture> captures = new ArrayList<>();
    for (Path folder : folders) {
      captures.addAll(Dataset.open(folder).captures());
    }
    captures.addAll(SimulatedCapture.draw(simulateSeed, 1, simulated));
    if (captures.isEmpty()) {
      throw new CommandFailure(ExitCode.USAGE, "no captures: give --dataset DIR or --simulate N");
    }
    return captures;
  }

  /**
   * Applies the task to every capture, on all cores, and returns the results in order.
   *
   * @throws CaptureException the first of them
   */
  static <C, T> List<T> map(String what, List<C> captures, Task<C, T> task)
      throws CaptureException {
    StepProgress progress = new StepProgress(what, captures.size());
    try (ExecutorService workers =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      List<Future<T>> futures = new ArrayList<>();
      for (C capture : captures) {
        futures.add(workers.submit(() -> task.of(capture)));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        try {
          results.add(future.get());
        } catch (ExecutionException e) {
          workers.shutdownNow();
          if (e.getCause() instanceof CaptureException capture) {
            throw capture;
          }
          throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
          workers.shutdownNow();
          Thread.currentThread().interrupt();
          throw new CommandFailure(ExitCode.SOFTWARE, "interrupted");
        }
        progress.done(results.size());
      }
      progress.end();
      return results;
    }
  }
}
