package dev.parley.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.up.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The trainer as a process.
 *
 * @param process the process
 * @param run the directory of the run
 */
record Trainer(Process process, Path run) implements AutoCloseable {

  static Trainer start(List<String> command, Path run, Map<String, String> environment) {
    try {
      Files.createDirectories(run);
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(run.resolve("trainer.log").toFile()));
      builder.environment().putAll(Service.environment(1));
      builder.environment().putAll(environment);
      return new Trainer(builder.start(), run);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the numbers of all updates that were told. */
  List<JsonNode> metrics() {
    Path file = run.resolve("metrics.jsonl");
    List<JsonNode> updates = new ArrayList<>();
    if (Files.exists(file)) {
      ObjectMapper mapper = new ObjectMapper();
      try {
        String text = Files.readString(file);
        // The last line may still be being written.
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
          updates.add(mapper.readTree(line));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return updates;
  }

  /** Waits until an update is done. */
  void awaitUpdate(int update) throws InterruptedException {
    Loop.await(
        "update %d was done; %s".formatted(update, run.resolve("trainer.log")),
        () -> {
          if (!process.isAlive() && metrics().size() < update) {
            throw new AssertionError("the trainer ended:\n" + log());
          }
          return metrics().size() >= update;
        });
  }

  /** Waits until the run is at its end, which must be a good one. */
  void awaitEnd() throws InterruptedException {
    if (!process.waitFor(5, TimeUnit.MINUTES)) {
      throw new AssertionError("the trainer does not end:\n" + log());
    }
    if (process.exitValue() != 0) {
      throw new AssertionError("the trainer failed:\n" + log());
    }
  }

  private String log() {
    try {
      return Files.readString(run.resolve("trainer.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** kill -9. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
