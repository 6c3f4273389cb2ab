package dev.parley.cli.runs;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Terminal;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.LogWatch;
import io.fabric8.kubernetes.client.dsl.PrettyLoggable;
import io.fabric8.kubernetes.client.dsl.TailPrettyLoggable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Prints the logs of pods. */
final class RunLogs {

  private final Cluster cluster;
  private final Terminal terminal;

  RunLogs(Cluster cluster, Terminal terminal) {
    this.cluster = cluster;
    this.terminal = terminal;
  }

  /**
   * Prints what the pods of one part of a run have logged.
   *
   * @param pods all of them; of a trainer, the newest counts
   * @param follow whether to go on until they end
   * @param tail newest lines of each; 0 for all
   * @throws Failure if there are none, or a log cannot be read
   */
  void print(String run, List<Pod> pods, LogsCommand.Part part, boolean follow, int tail)
      throws InterruptedException {
    List<Pod> read =
        part == LogsCommand.Part.TRAINER ? RunStatus.newest(pods).stream().toList() : pods;
    if (read.isEmpty()) {
      throw new Failure(
          "run %s has no pod of its %s now".formatted(run, part),
          "parley runs list says what it does.");
    }
    ExecutorService threads = Executors.newFixedThreadPool(read.size());
    try {
      List<Future<?>> printing = new ArrayList<>();
      for (Pod pod : read) {
        String prefix = read.size() == 1 ? "" : pod.getMetadata().getName() + "  ";
        printing.add(
            threads.submit(
                () -> {
                  print(pod.getMetadata().getName(), part.toString(), prefix, follow, tail);
                  return null;
                }));
      }
      for (Future<?> one : printing) {
        await(one);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void await(Future<?> one) throws InterruptedException {
    try {
      one.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Failure failure) {
        throw failure;
      }
      throw new Failure("a log cannot be read: " + e.getCause().getMessage(), "", e.getCause());
    }
  }

  private void print(String pod, String container, String prefix, boolean follow, int tail)
      throws IOException {
    try {
      TailPrettyLoggable all =
          cluster
              .client()
              .pods()
              .inNamespace(cluster.namespace())
              .withName(pod)
              .inContainer(container);
      PrettyLoggable log = tail > 0 ? all.tailingLines(tail) : all;
      if (!follow) {
        String text = log.getLog();
        if (text != null) {
          text.lines().forEach(line -> terminal.out().println(prefix + line));
        }
        return;
      }
      try (LogWatch watch = log.watchLog();
          BufferedReader lines =
              new BufferedReader(
                  new InputStreamReader(watch.getOutput(), StandardCharsets.UTF_8))) {
        String line;
        while ((line = lines.readLine()) != null) {
          terminal.out().println(prefix + line);
        }
      }
    } catch (KubernetesClientException e) {
      throw cluster.failure("show the log of " + pod, e);
    }
  }
}
