package dev.parley.cli.dataset;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.ReadOptions;
import dev.parley.data.file.Row;
import dev.parley.data.file.SkippedRows;
import dev.parley.data.shape.RowShapes;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The dataset that a command reads, and how, as a picocli mixin. */
final class InputRows {

  /** Small files are read before a bar could be seen. */
  private static final int ROWS_BETWEEN_UPDATES = 1_000;

  private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "A file, a directory, or a quoted pattern, 'data/*.jsonl'. JSON Lines, JSON arrays, CSV,"
              + " also .gz; Parquet.")
  private List<String> files;

  @Option(
      names = "--skip-bad",
      description = "Count bad rows by reason and go on. Without it, the first one is an error.")
  private boolean skipBad;

  private Optional<String> shape = Optional.empty();

  /** Called by picocli with the command that these options belong to. */
  @Spec(Target.MIXEE)
  void mixInto(CommandSpec mixee) {
    spec = mixee;
  }

  /** Called by picocli with the value of {@code --shape}. */
  @Option(
      names = "--shape",
      paramLabel = "NAME",
      completionCandidates = InspectCommand.ShapeNames.class,
      description =
          "Read every row as this shape instead of recognising it: ${COMPLETION-CANDIDATES}.")
  void shape(String name) {
    try {
      RowShapes.named(name);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--shape: " + e.getMessage(), e);
    }
    shape = Optional.of(name);
  }

  /** What to do with a row. */
  @FunctionalInterface
  interface Taker {
    /**
     * Takes a row.
     *
     * @throws InvalidExampleException if it cannot be taken, which is told with the row's place
     * @throws IOException if what it goes to cannot be written
     */
    void take(Row<Example> row) throws IOException;
  }

  List<String> files() {
    return files;
  }

  ReadOptions options() {
    return new ReadOptions(skipBad, shape);
  }

  /** The files that were named. */
  Dataset dataset() {
    try {
      return Dataset.of(files.toArray(String[]::new));
    } catch (DatasetException e) {
      throw failure(e);
    }
  }

  /**
   * Reads all rows, showing how far it is.
   *
   * @param label what is being done
   * @return the bad rows that were left out
   * @throws Failure if a row or file cannot be read, or a row not be taken
   */
  SkippedRows forEach(Terminal terminal, String label, Taker taker) throws IOException {
    Progress progress = Progress.ofThings(terminal, label, "rows", 0);
    try (DatasetReader<Example> rows = dataset().examples(options())) {
      long count = 0;
      while (rows.hasNext()) {
        Row<Example> row = rows.next();
        try {
          taker.take(row);
        } catch (InvalidExampleException e) {
          throw new Failure(row.place() + ": " + e.getMessage(), "", e);
        }
        if (++count % ROWS_BETWEEN_UPDATES == 0) {
          progress.at(count);
        }
      }
      return rows.skipped();
    } catch (DatasetException e) {
      throw failure(e);
    } finally {
      progress.clear();
    }
  }

  /** What to say about a dataset that cannot be read. */
  static Failure failure(DatasetException e) {
    return new Failure(
        e.getMessage(),
        e.badRows().isEmpty()
            ? ""
            : "Mend the rows, or leave them out with --skip-bad. docs/data.md shows the shapes that"
                + " are read.",
        e);
  }

  /** Says on standard error how many bad rows were left out, if any. */
  static void tell(Terminal terminal, SkippedRows skipped) {
    if (skipped.total() > 0) {
      terminal
          .err()
          .printf("%,d bad rows were left out; parley data validate lists them%n", skipped.total());
    }
  }
}
