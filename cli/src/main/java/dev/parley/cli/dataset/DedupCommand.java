package dev.parley.cli.dataset;

import dev.parley.cli.ExitCode;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.file.DatasetWriter;
import dev.parley.data.file.RowPlace;
import dev.parley.data.file.SkippedRows;
import dev.parley.data.similarity.Deduplication;
import dev.parley.data.similarity.Deduplication.By;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Leaves out rows that say again what an earlier one said. */
@Command(
    name = "dedup",
    header = "Leave out rows that repeat an earlier one, exactly or nearly.",
    description = {
      "The first of its kind stays, in the order of files and rows. Near means: of all runs of"
          + " --words words that the two texts hold, at least --near of them are in both, as"
          + " MinHash estimates it (128 hashes; standard error 0.035 at 0.8). Case and punctuation"
          + " do not count.",
      "",
      "The same input gives the same output. About 2 kB of memory for each row that stays (--exact:"
          + " 100 bytes)."
    },
    footer = {
      "Examples:",
      "  parley data dedup raw.jsonl --output clean.jsonl",
      "  parley data dedup raw.jsonl --by prompt --near 0.9 --output clean.parquet",
      "  parley data dedup raw.jsonl --exact --dry-run --list",
    })
final class DedupCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Mixin private InputRows input;

  @Option(names = "--output", paramLabel = "FILE", description = "The file to write.")
  private Optional<Path> output = Optional.empty();

  @Option(names = "--dry-run", description = "Count only; write nothing.")
  private boolean dryRun;

  @Mixin private OutputRows rows;

  @Option(
      names = "--near",
      paramLabel = "SHARE",
      defaultValue = "0.8",
      description = "From which share two are near-duplicates. Default: ${DEFAULT-VALUE}.")
  private double near;

  @Option(names = "--exact", description = "Look for the same text alone.")
  private boolean exact;

  @Option(
      names = "--words",
      paramLabel = "N",
      defaultValue = "3",
      description = "Words in a run. Default: ${DEFAULT-VALUE}.")
  private int words;

  @Option(
      names = "--by",
      paramLabel = "WHAT",
      defaultValue = "row",
      description =
          "What is compared: row (prompt and answers) or prompt. Default: ${DEFAULT-VALUE}.")
  private By by;

  @Option(names = "--list", description = "List every row that is left out, and what it repeats.")
  private boolean list;

  DedupCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    if (output.isPresent() == dryRun) {
      throw new ParameterException(spec.commandLine(), "expected --output FILE or --dry-run");
    }
    Deduplication<RowPlace> seen = seen();
    try (DatasetWriter writer = dryRun ? null : rows.create(output.get())) {
      long[] counts = new long[3];
      SkippedRows skipped =
          input.forEach(
              terminal,
              "comparing",
              row -> {
                counts[0]++;
                Optional<Deduplication.Repeat<RowPlace>> repeat =
                    seen.add(row.example(), row.place());
                if (repeat.isEmpty()) {
                  if (writer != null) {
                    writer.write(row.example());
                  }
                  return;
                }
                double resemblance = repeat.get().resemblance();
                counts[resemblance == 1 ? 1 : 2]++;
                if (list) {
                  terminal
                      .out()
                      .printf(
                          Locale.ROOT,
                          "%s  repeats %s  %.2f%n",
                          row.place(),
                          repeat.get().first(),
                          resemblance);
                }
              });
      if (writer != null) {
        writer.finish();
      }
      InputRows.tell(terminal, skipped);
      report(counts);
    }
    return ExitCode.OK;
  }

  private Deduplication<RowPlace> seen() {
    try {
      return new Deduplication<>(
          by, exact ? OptionalDouble.empty() : OptionalDouble.of(near), words);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private void report(long[] counts) {
    long rowsRead = counts[0];
    Table table = new Table();
    table.row("rows", Quantity.exact(rowsRead), "");
    table.row("  repeated", Quantity.exact(counts[1]), share(counts[1], rowsRead));
    if (!exact) {
      table.row("  nearly repeated", Quantity.exact(counts[2]), share(counts[2], rowsRead));
    }
    table.row("  stay", Quantity.exact(rowsRead - counts[1] - counts[2]), "");
    table.lines().forEach(terminal.out()::println);
    output.ifPresent(file -> terminal.out().println("written: " + file));
  }

  private static String share(long part, long whole) {
    return whole == 0 ? "" : Quantity.percent((double) part / whole);
  }
}
