package dev.parley.trainer.recipe;

import dev.parley.events.ExampleTopic;
import dev.parley.events.TopicFile;
import dev.parley.events.TopicReading;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.run.RunDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Topics among {@code data.files}. A run reads each once, when it begins, into a file in its
 * directory, and learns from that: resumed, it has the same rows, though the topic has grown or
 * forgotten since. The offsets that the file holds stand beside it.
 */
public final class TopicRows {

  private TopicRows() {}

  /** Finds what is wrong with topics among the data, without asking a broker. */
  public static void check(RowsConfig config, Problems problems) {
    List<String> topics = config.data().files().stream().filter(ExampleTopic::isTopic).toList();
    for (String written : topics) {
      try {
        ExampleTopic.named(written);
      } catch (IllegalArgumentException e) {
        problems.add("data.files: " + e.getMessage());
      }
    }
    problems.require(
        topics.isEmpty() || config.run().kafka().isPresent(),
        "run.kafka is not given, and " + topics + " is read from there; give the broker");
    problems.require(
        config.data().source().isEmpty() || topics.contains(ExampleTopic.PREFERENCES.toString()),
        "data.source is for "
            + ExampleTopic.PREFERENCES
            + ", which data.files does not name; in files, rows of others are left out by"
            + " reward-model.judged-by, or beforehand");
  }

  /**
   * Keeps the topics that a run learns from in its directory. Once the run has begun they stay;
   * those of a start that failed before are read anew.
   *
   * @return what was read
   * @throws IllegalArgumentException if a topic holds nothing to learn from, or preferences of
   *     several sources of which none was named
   */
  public static List<TopicReading> keep(RowsConfig config, RunDirectory directory) {
    List<TopicReading> readings = new ArrayList<>();
    for (String written : config.data().files()) {
      if (ExampleTopic.isTopic(written)) {
        ExampleTopic topic = ExampleTopic.named(written);
        Path file = directory.topic(topic.topic());
        if (!directory.used() || !Files.exists(file)) {
          readings.add(read(topic, file, config.data(), config));
        }
      }
    }
    return readings;
  }

  /** The files of rows, those that topics are kept in among them. */
  static List<String> files(RecipeConfig.Data data, RecipeConfig config) {
    return data.files().stream()
        .map(written -> ExampleTopic.isTopic(written) ? file(written, data, config) : written)
        .toList();
  }

  /** Where a run keeps a topic; before there is a run, a file that does not outlive the process. */
  private static String file(String written, RecipeConfig.Data data, RecipeConfig config) {
    ExampleTopic topic = ExampleTopic.named(written);
    Path kept = RunDirectory.topic(SharedSettings.directory(config), topic.topic());
    if (Files.exists(kept)) {
      return kept.toString();
    }
    try {
      Path file = TopicFile.temporary(topic);
      read(topic, file, data, config);
      return file.toString();
    } catch (IOException e) {
      throw new UncheckedIOException("no file can be made to keep " + topic + " in", e);
    }
  }

  private static TopicReading read(
      ExampleTopic topic, Path file, RecipeConfig.Data data, RecipeConfig config) {
    String brokers =
        config
            .run()
            .kafka()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "run.kafka is not given, and " + topic + " is read from there"));
    return TopicFile.keep(
        file,
        topic,
        brokers,
        topic == ExampleTopic.PREFERENCES ? Set.copyOf(data.source().orElse(List.of())) : Set.of(),
        data.skipBad());
  }
}
