package dev.parley.cli.pipeline;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.Parley;
import dev.parley.cli.lineage.Ancestor;
import dev.parley.cli.lineage.ContentDigest;
import dev.parley.cli.lineage.Lineage;
import dev.parley.cli.pipeline.StagePlan.Action;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs the stages of a pipeline that are not done. */
@Command(
    name = "run",
    header = "Run the stages of a pipeline that are not done.",
    description = {
      "Each stage is a command: a training, or any other of parley. A stage that has finished is"
          + " skipped while its command, its settings, the content of its data and its parents are"
          + " the same; an interrupted training goes on from its newest checkpoint, any other"
          + " interrupted stage begins again. What an earlier definition of a stage made is kept in"
          + " the directory earlier.",
      "",
      "Every stage's directory holds what it made, its configuration, and lineage.json, which"
          + " parley models lineage prints. docs/pipeline.md shows what the file can say."
    },
    footer = {
      "Examples:",
      "  parley pipeline run deploy/pipelines/sft-reward-ppo.yaml --dry-run",
      "  parley pipeline run pipeline.yaml --input base=org/name",
    })
final class PipelineRunCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Parameters(paramLabel = "FILE.yaml", description = "The pipeline.")
  private Path file;

  @Option(
      names = "--input",
      paramLabel = "NAME=VALUE",
      description = "Takes the place of an input of the file; may be repeated.")
  private Map<String, String> given = new LinkedHashMap<>();

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where the stages go. Default: runs/NAME.")
  private Optional<Path> directory = Optional.empty();

  @Option(names = "--dry-run", description = "Check the file, say what would be done, and end.")
  private boolean dryRun;

  PipelineRunCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Pipeline pipeline = Pipeline.read(file, given);
    requireCommands(pipeline);
    Path home = directory.orElse(Path.of("runs", pipeline.name()));
    Map<String, String> known = new LinkedHashMap<>(pipeline.inputs());
    Set<String> pending = new LinkedHashSet<>();
    for (int i = 0; i < pipeline.stages().size(); i++) {
      Stage stage = pipeline.stages().get(i);
      Path place = home.resolve(stage.name());
      String number = "%d/%d  ".formatted(i + 1, pipeline.stages().size());
      Optional<String> waits = waitsFor(stage, pending);
      if (waits.isPresent()) {
        announce(number, stage, "after " + waits.get());
        pending.add(stage.name());
        continue;
      }
      StagePlan plan = StagePlan.of(stage, place, pipeline.name() + "-" + stage.name(), known);
      announce(number, stage, plan.reason());
      if (dryRun) {
        if (plan.action() == Action.SKIP) {
          remember(known, stage, place, plan.record());
        } else {
          terminal.out().println("     parley " + String.join(" ", plan.arguments()));
          pending.add(stage.name());
        }
        continue;
      }
      StageRecord done =
          plan.action() == Action.SKIP ? plan.record() : execute(stage, place, plan, known);
      remember(known, stage, place, done);
    }
    if (!dryRun) {
      terminal.out().println("done: " + home);
    }
    return ExitCode.OK;
  }

  /** A misspelt option of the last stage shall not show only after hours. */
  private void requireCommands(Pipeline pipeline) {
    Map<String, String> anything = new LinkedHashMap<>(pipeline.inputs());
    pipeline.stages().forEach(stage -> anything.put(stage.name(), stage.name()));
    anything.put(Pipeline.OUTPUT, Pipeline.OUTPUT);
    for (Stage stage : pipeline.stages()) {
      List<String> words =
          stage.words().stream().map(word -> Pipeline.resolve(word, anything)).toList();
      if (List.of("pipeline", "quickstart", "up", "chat", "watch").contains(words.get(0))) {
        throw new Failure(
            "%s: stage %s runs \"%s\", which does not end by itself or runs stages of its own"
                .formatted(file, stage.name(), words.get(0)),
            "Name a training or another command.");
      }
      Parley.complaint(terminal, words)
          .ifPresent(
              complaint -> {
                throw new Failure(
                    "%s: stage %s, \"parley %s\": %s"
                        .formatted(file, stage.name(), String.join(" ", words), complaint),
                    "");
              });
    }
  }

  private static Optional<String> waitsFor(Stage stage, Set<String> pending) {
    return stage.values().stream()
        .flatMap(value -> Pipeline.references(value).stream())
        .filter(pending::contains)
        .findFirst();
  }

  private void announce(String number, Stage stage, String reason) {
    terminal
        .out()
        .println(
            terminal.bold(number + stage.name())
                + "  ("
                + stage.text().lines().findFirst().orElse("")
                + "): "
                + reason);
    terminal.flush();
  }

  private static void remember(
      Map<String, String> known, Stage stage, Path place, StageRecord done) {
    known.put(
        stage.name(), (done.output().isEmpty() ? place : place.resolve(done.output())).toString());
  }

  private StageRecord execute(Stage stage, Path place, StagePlan plan, Map<String, String> known) {
    long began = System.nanoTime();
    if (plan.action() == Action.RUN) {
      setAside(place);
    }
    plan.record().write(place);
    List<Ancestor> ancestors = stage.trains() ? List.of() : ancestors(stage, known);
    int code = Parley.run(terminal, plan.arguments().toArray(String[]::new));
    if (code != ExitCode.OK) {
      throw new Failure(
          "stage %s failed (exit code %d); what was done before it is kept"
              .formatted(stage.name(), code),
          "Mend it and run the same command again.");
    }
    String output = output(stage, place);
    StageRecord done =
        new StageRecord(
            plan.record().definition(),
            plan.record().inputs(),
            true,
            output,
            output.isEmpty() ? "" : ContentDigest.of(place.resolve(output)));
    if (!stage.trains() && !output.isEmpty()) {
      Lineage.now(
              stage.words().stream()
                  .takeWhile(word -> word.matches("[a-z-]+") && !word.startsWith("-"))
                  .reduce((a, b) -> a + " " + b)
                  .orElse("parley"),
              List.of(stage.text()),
              output,
              done.digest(),
              ancestors)
          .write(place);
    }
    done.write(place);
    terminal
        .out()
        .println(
            "     %s%s"
                .formatted(
                    output.isEmpty() ? "done" : place.resolve(output),
                    terminal.faint(
                        "  in " + Quantity.duration(Duration.ofNanos(System.nanoTime() - began)))));
    return done;
  }

  /** What a command in words reads: the references that are files. */
  private static List<Ancestor> ancestors(Stage stage, Map<String, String> known) {
    Set<String> names = new LinkedHashSet<>();
    stage.words().forEach(word -> names.addAll(Pipeline.references(word)));
    names.remove(Pipeline.OUTPUT);
    List<Ancestor> ancestors = new ArrayList<>();
    names.forEach(name -> ancestors.addAll(Ancestor.named(name, known.get(name))));
    return ancestors;
  }

  private String output(Stage stage, Path place) {
    List<String> made =
        stage.trains() ? List.of("model", "adapter") : stage.output().stream().toList();
    for (String name : made) {
      if (Files.exists(place.resolve(name))) {
        return name;
      }
    }
    if (!made.isEmpty()) {
      throw new Failure(
          stage.trains()
              ? "stage %s was stopped before its end".formatted(stage.name())
              : "stage %s made no file %s; expected that its command writes to ${output}"
                  .formatted(stage.name(), place.resolve(made.get(0))),
          stage.trains() ? "Run the same command again: it goes on." : "");
    }
    return "";
  }

  /** What another definition of the stage made, or an interrupted run of it. */
  private static void setAside(Path place) {
    if (!Files.exists(place)) {
      return;
    }
    Path earlier = place.resolveSibling("earlier");
    try {
      Files.createDirectories(earlier);
      long count;
      try (Stream<Path> entries = Files.list(earlier)) {
        String prefix = place.getFileName() + "-";
        count = entries.filter(path -> path.getFileName().toString().startsWith(prefix)).count();
      }
      Files.move(place, earlier.resolve(place.getFileName() + "-" + (count + 1)));
    } catch (IOException e) {
      throw new Failure(place + " cannot be set aside: " + e.getMessage(), "", e);
    }
  }
}
