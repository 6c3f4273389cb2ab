package dev.parley.cli.runs;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.report.RunReport;
import dev.parley.cli.report.RunSummary;
import dev.parley.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches a run's numbers and writes its page. */
@Command(
    name = "report",
    header = "Fetch a run's numbers from the cluster, and write its report.html.",
    description = {
      "Fetches metrics.jsonl, events.jsonl and config.yaml, from the trainer while it is there,"
          + " else by a pod that is started for it. Then it says what parley report says."
    },
    footer = {"Example:", "  parley runs report ppo-1 --output ppo-1"})
final class ReportCommand implements Callable<Integer> {

  private static final String METRICS = "metrics.jsonl";
  private static final List<String> FILES = List.of(METRICS, "events.jsonl", "config.yaml");

  private final Terminal terminal;

  @Parameters(paramLabel = "RUN", description = "The run's name.")
  private String run;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "A directory on this machine.")
  private Path output;

  @Mixin private ClusterOptions options;

  ReportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Path directory = output.toAbsolutePath().normalize();
    Map<String, byte[]> files;
    try (Cluster cluster = options.connect()) {
      Runs runs = new Runs(cluster);
      RunStatus status = runs.get(run);
      RunFiles reader = new RunFiles(cluster, runs);
      files = reader.read(status, place -> read(reader, place));
    }
    if (!files.containsKey(METRICS)) {
      throw new Failure(
          "run %s has no %s in %s".formatted(run, METRICS, RunObjects.directory(run)),
          "Has its trainer made an update yet? parley runs watch " + run + " shows.");
    }
    write(directory, files);
    RunSummary.lines(directory).forEach(terminal.out()::println);
    terminal.out().println("report: " + RunReport.write(directory));
    return ExitCode.OK;
  }

  private Map<String, byte[]> read(RunFiles reader, RunFiles.Place place) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (String name : FILES) {
      reader
          .bytes(place, RunObjects.directory(run) + "/" + name, 0)
          .ifPresent(bytes -> files.put(name, bytes));
    }
    return files;
  }

  private static void write(Path directory, Map<String, byte[]> files) {
    try {
      Files.createDirectories(directory);
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Files.write(directory.resolve(file.getKey()), file.getValue());
      }
    } catch (IOException e) {
      throw new Failure("%s cannot be written: %s".formatted(directory, e.getMessage()), "", e);
    }
  }
}
