package dev.parley.trainer.experience;

import dev.parley.proto.Topics;
import dev.parley.proto.rollout.v1.Rollout;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * All rollouts of a run: replayed from the topic, or from a file that outlives the topic's
 * retention, in which they follow each other as delimited {@code Rollout} messages.
 */
public final class RolloutLog {

  private RolloutLog() {}

  /**
   * Reads what a run has committed up to now.
   *
   * @param bootstrapServers of the brokers
   * @param runId the run
   * @param warnings told of records that cannot be read: a code and a message
   * @return in the order of updates and prompts, whatever order they were committed in
   * @throws IllegalArgumentException if there is none
   */
  public static List<Rollout> replay(
      String bootstrapServers, String runId, BiConsumer<String, String> warnings) {
    Map<Integer, Long> ends = RolloutSource.endOffsets(bootstrapServers, Topics.ROLLOUTS);
    List<Rollout> rollouts;
    try (RolloutSource source =
        new RolloutSource(
            bootstrapServers, runId, Map.of(), RolloutSource.NOTHING_CONSUMED, warnings)) {
      do {
        source.poll();
      } while (!reached(source.positions(), ends));
      rollouts = source.all();
    }
    if (rollouts.isEmpty()) {
      throw new IllegalArgumentException(
          "topic \"%s\" at %s holds no rollout of a run %s; the name or the broker is another one, or the topic's retention.ms is over"
              .formatted(Topics.ROLLOUTS, bootstrapServers, runId));
    }
    return rollouts;
  }

  private static boolean reached(Map<Integer, Long> positions, Map<Integer, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(end -> positions.getOrDefault(end.getKey(), 0L) >= end.getValue());
  }

  /** Writes rollouts to a file, which is there whole or not at all. */
  public static void write(Path file, List<Rollout> rollouts) {
    Path temporary = file.resolveSibling(file.getFileName() + ".incomplete");
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary))) {
        for (Rollout rollout : rollouts) {
          rollout.writeDelimitedTo(out);
        }
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /**
   * Reads rollouts from a file that {@link #write} wrote.
   *
   * @param file the file
   * @param runId the run whose rollouts it should hold, the setting {@code rollouts.run}
   * @throws IllegalArgumentException if it holds some of another run
   * @throws UncheckedIOException if it is damaged, naming the file and the rollout
   */
  public static List<Rollout> read(Path file, String runId) {
    List<Rollout> rollouts = read(file);
    rollouts.stream()
        .map(rollout -> rollout.getPrompt().getRunId())
        .filter(run -> !run.equals(runId))
        .findFirst()
        .ifPresent(
            other -> {
              throw new IllegalArgumentException(
                  "%s holds rollouts of run %s, but rollouts.run is %s; correct the setting, or delete the file, and the topic is read"
                      .formatted(file, other, runId));
            });
    return rollouts;
  }

  private static List<Rollout> read(Path file) {
    List<Rollout> rollouts = new ArrayList<>();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      for (Rollout next = Rollout.parseDelimitedFrom(in);
          next != null;
          next = Rollout.parseDelimitedFrom(in)) {
        rollouts.add(next);
      }
      return rollouts;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "%s cannot be read after rollout %d; delete it, and it is made anew from the topic"
              .formatted(file, rollouts.size()),
          e);
    }
  }
}
