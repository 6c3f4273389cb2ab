package dev.parley.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.bench.own.OwnProcess;
import dev.parley.bench.own.Work;
import dev.parley.cli.Failure;
import dev.parley.cli.up.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What comparisons run on: models, and processes of either side.
 *
 * @param root the repository's root
 * @param threads for tensors in each process
 * @param interpreter a Python that serves the peers whose packages it has; environments are made
 *     for the others
 */
record Rig(Path root, int threads, Optional<Path> interpreter) {

  /** Returns a directory for a comparison's files, which is there. */
  Path directory(String name) {
    try {
      return Files.createDirectories(root.resolve("bench/target").resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the directory of a language model, which is written if it is not there. */
  Path model(BenchModel model) {
    Path directory = directory("models").resolve(model.size());
    if (!Files.exists(directory)) {
      System.err.printf("writing random weights to %s%n", directory);
      model.writePolicy(directory);
    }
    return directory;
  }

  /**
   * Returns the Python that runs a peer.
   *
   * @param peer which one
   * @throws Failure if it cannot be made
   */
  Python python(Python.Peer peer) throws InterruptedException {
    Optional<Python> given = interpreter.map(program -> Python.at(program, root));
    return given.isPresent() && given.get().has(peer)
        ? given.get()
        : Python.environment(root, peer);
  }

  /**
   * Does work of our own in a new process.
   *
   * @param work what to do
   * @param figures the class of what it gives
   * @throws Failure if it fails
   */
  <R> R own(Work<R> work, Class<R> figures) throws InterruptedException {
    ObjectMapper mapper = new ObjectMapper();
    Path log = directory("logs").resolve("own.log");
    try {
      List<String> command = Service.jvm();
      command.addAll(
          List.of(
              "--add-modules",
              "jdk.incubator.vector",
              "-cp",
              System.getProperty("java.class.path"),
              OwnProcess.class.getName(),
              work.getClass().getName(),
              mapper.writeValueAsString(work),
              Integer.toString(threads)));
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().putAll(Service.environment(threads));
      return mapper.readValue(Child.lastLine(builder, log), figures);
    } catch (JsonProcessingException e) {
      throw new Failure(
          "%s printed no figures on its last line".formatted(work.getClass().getSimpleName()),
          "Its log is " + log,
          e);
    }
  }
}
