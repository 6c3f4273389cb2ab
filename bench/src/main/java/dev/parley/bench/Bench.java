package dev.parley.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.Failure;
import dev.parley.cli.up.Fleet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures Parley beside its peers. */
@Command(
    name = "bench/run",
    mixinStandardHelpOptions = true,
    subcommands = MemoryTable.class,
    header = "Measures Parley beside named peers, in turns on this machine.",
    description = {
      "Prints each ratio of medians, with the bar that it should reach. Nothing else should run"
          + " meanwhile.",
      "The peers are Python programs in bench/peers; their packages are installed into bench/target"
          + " on first use."
    })
public final class Bench implements Callable<Integer> {

  @Parameters(
      paramLabel = "NAME",
      arity = "0..*",
      description =
          "What to measure: the name of a comparison, or its beginning up to a hyphen (train-step,"
              + " generate-15m). bench/README.md lists them. Default: all.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "Runs of each side, in turns. Default: ${DEFAULT-VALUE}.")
  private int runs = 5;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads for tensors in each process. Default: the number of cores.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write a line of JSON for each result.")
  private Optional<Path> json = Optional.empty();

  @Option(
      names = "--python",
      paramLabel = "PROGRAM",
      description =
          "A Python for the peers whose packages it has, in place of environments made here.")
  private Optional<Path> interpreter = Optional.empty();

  /** Runs the command. */
  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new Bench())
            .setExecutionExceptionHandler(
                (e, line, result) -> {
                  if (e instanceof Failure failure) {
                    line.getErr().println(failure.getMessage());
                    line.getErr().println(failure.remedy());
                    return 1;
                  }
                  throw e;
                })
            .execute(arguments));
  }

  @Override
  public Integer call() throws InterruptedException {
    Rig rig = new Rig(Fleet.root(), threads, interpreter);
    List<Result> results = new ArrayList<>();
    for (Comparison comparison : Comparisons.chosen(Comparisons.all(rig), names)) {
      System.err.printf("%s: %s%n", comparison.name(), comparison.description());
      Result result = measure(comparison);
      results.add(result);
      json.ifPresent(file -> write(file, results));
      System.out.printf(
          Locale.ROOT,
          "%-20s %.2f  (bar %s%.2f)  parley %.2f, peer %.2f %s%n",
          result.name(),
          result.ratio(),
          comparison.atMost() ? "at most " : "",
          result.bar(),
          result.ours(),
          result.peer(),
          result.unit());
    }
    return 0;
  }

  private Result measure(Comparison comparison) throws InterruptedException {
    List<Rates> rates = new ArrayList<>();
    for (int run = 1; run <= runs; run++) {
      Rates measured = comparison.measure();
      rates.add(measured);
      System.err.printf(
          Locale.ROOT,
          "run %d of %d: parley %.2f, peer %.2f %s%n",
          run,
          runs,
          measured.ours(),
          measured.peer(),
          comparison.unit());
    }
    return Result.of(comparison, rates);
  }

  private static void write(Path file, List<Result> results) {
    ObjectMapper mapper = new ObjectMapper();
    List<String> lines = new ArrayList<>();
    for (Result result : results) {
      try {
        lines.add(mapper.writeValueAsString(result));
      } catch (JsonProcessingException e) {
        throw new UncheckedIOException(e);
      }
    }
    try {
      Files.write(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
