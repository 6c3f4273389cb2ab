package dev.parley.cli.pipeline;

import dev.parley.cli.Failure;
import dev.parley.cli.lineage.Ancestor;
import dev.parley.cli.lineage.ContentDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What is to be done about a stage, now that all before it are done.
 *
 * @param action what to do
 * @param reason why, for people
 * @param arguments the command line
 * @param record what the stage is run with
 */
record StagePlan(Action action, String reason, List<String> arguments, StageRecord record) {

  /** What can be done about a stage. */
  enum Action {
    /** Nothing: it is done, and nothing has changed. */
    SKIP,
    /** Go on from its newest checkpoint. */
    RESUME,
    /** Run it from the beginning. */
    RUN
  }

  /**
   * Plans a stage.
   *
   * @param directory the stage's
   * @param runId of a training
   * @param known what references stand for: inputs, and what earlier stages made
   */
  static StagePlan of(Stage stage, Path directory, String runId, Map<String, String> known) {
    Map<String, String> values = new LinkedHashMap<>(known);
    stage
        .output()
        .ifPresent(file -> values.put(Pipeline.OUTPUT, directory.resolve(file).toString()));
    StageRecord record = new StageRecord(definition(stage), digests(stage, known), false, "", "");
    List<String> arguments =
        stage.trains()
            ? training(stage, directory, runId, values)
            : stage.words().stream().map(word -> Pipeline.resolve(word, values)).toList();
    Optional<StageRecord> before = StageRecord.read(directory);
    if (before.isEmpty()) {
      return new StagePlan(Action.RUN, "not run yet", arguments, record);
    }
    Optional<String> change = change(before.get(), record);
    if (change.isPresent()) {
      return new StagePlan(Action.RUN, change.get(), arguments, record);
    }
    if (before.get().finished()) {
      return intact(directory, before.get())
          ? new StagePlan(Action.SKIP, "done, nothing has changed", arguments, before.get())
          : new StagePlan(Action.RUN, "what it made is gone or changed", arguments, record);
    }
    if (stage.trains() && hasCheckpoint(directory)) {
      List<String> resumed = new ArrayList<>(arguments);
      resumed.add("--resume");
      return new StagePlan(
          Action.RESUME, "interrupted; goes on from its newest checkpoint", resumed, record);
    }
    return new StagePlan(
        Action.RUN, "interrupted without a checkpoint; begins again", arguments, record);
  }

  private static List<String> training(
      Stage stage, Path directory, String runId, Map<String, String> values) {
    List<String> arguments = new ArrayList<>(stage.words());
    arguments.addAll(List.of("--run", runId, "--set", "run.directory=" + directory));
    stage
        .named()
        .forEach(
            (option, all) ->
                all.forEach(
                    value ->
                        arguments.addAll(List.of("--" + option, Pipeline.resolve(value, values)))));
    if (stage.fromScratch()) {
      arguments.add("--from-scratch");
    }
    stage
        .settings()
        .forEach(
            (key, value) ->
                arguments.addAll(List.of("--set", key + "=" + Pipeline.resolve(value, values))));
    return arguments;
  }

  /** The stage as it is written: the same words and settings make the same definition. */
  private static String definition(Stage stage) {
    return "%s %s%s %s %s"
        .formatted(
            stage.text(),
            new TreeMap<>(stage.named()),
            stage.fromScratch() ? " from-scratch" : "",
            new TreeMap<>(stage.settings()),
            stage.output().orElse(""));
  }

  /** Digests of what the stage reads; of a plain value, its text. */
  private static Map<String, String> digests(Stage stage, Map<String, String> known) {
    Map<String, String> digests = new TreeMap<>();
    Set<String> references = new LinkedHashSet<>();
    stage.values().forEach(value -> references.addAll(Pipeline.references(value)));
    references.remove(Pipeline.OUTPUT);
    references.forEach(name -> digests.put("${" + name + "}", digest(known.get(name))));
    stage
        .named()
        .forEach(
            (key, all) ->
                all.stream()
                    .filter(value -> Pipeline.references(value).isEmpty())
                    .forEach(value -> digests.put(value, digest(value))));
    return digests;
  }

  private static String digest(String value) {
    StringBuilder all = new StringBuilder();
    for (Ancestor ancestor : Ancestor.named("input", value)) {
      all.append(ancestor.digest().isEmpty() ? value : ancestor.digest());
    }
    return all.length() <= ContentDigest.LENGTH
        ? all.toString()
        : ContentDigest.ofText(all.toString());
  }

  private static Optional<String> change(StageRecord before, StageRecord now) {
    if (!before.definition().equals(now.definition())) {
      return Optional.of("its command or settings have changed");
    }
    for (Map.Entry<String, String> input : now.inputs().entrySet()) {
      if (!input.getValue().equals(before.inputs().get(input.getKey()))) {
        return Optional.of(input.getKey() + " has changed");
      }
    }
    return Optional.empty();
  }

  private static boolean intact(Path directory, StageRecord before) {
    if (before.output().isEmpty()) {
      return true;
    }
    Path output = directory.resolve(before.output());
    return Files.exists(output) && ContentDigest.of(output).equals(before.digest());
  }

  private static boolean hasCheckpoint(Path directory) {
    Path checkpoints = directory.resolve("checkpoints");
    if (!Files.isDirectory(checkpoints)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(checkpoints)) {
      return entries.findAny().isPresent();
    } catch (IOException e) {
      throw new Failure(checkpoints + " cannot be listed: " + e.getMessage(), "", e);
    }
  }
}
