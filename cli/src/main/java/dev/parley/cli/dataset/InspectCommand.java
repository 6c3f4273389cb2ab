package dev.parley.cli.dataset;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.Example;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.ReadOptions;
import dev.parley.data.file.Row;
import dev.parley.data.shape.RowShape;
import dev.parley.data.shape.RowShapes;
import dev.parley.data.summary.DatasetSummary;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what a dataset holds. */
@Command(
    name = "inspect",
    header = "Show what a dataset holds: its numbers, its first rows, its bad rows.",
    description = {
      "Reads JSON Lines, JSON arrays or CSV, plain or .gz, and Parquet. The shape of each row"
          + " (hh-rlhf, TRL, Alpaca, ShareGPT, GSM8K, MT-Bench, …) is recognised from its keys;"
          + " docs/data.md shows them all."
    },
    footer = {
      "Examples:",
      "  parley data inspect pairs.jsonl",
      "  parley data inspect --rows 5 data/hh-rlhf           # all of a directory",
      "  parley data inspect --skip-bad 'data/**.jsonl.gz'   # count bad rows, go on",
      "  parley data inspect --json pairs.jsonl | jq .rows"
    })
final class InspectCommand implements Callable<Integer> {

  /** Small files are read before a bar could be seen. */
  private static final int ROWS_BETWEEN_UPDATES = 1_000;

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "A file, a directory, or a quoted pattern, 'data/*.jsonl'.")
  private List<String> files;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "2",
      description = "How many rows to show. Default: ${DEFAULT-VALUE}.")
  private int rowsShown;

  @Option(
      names = "--skip-bad",
      description = "Count bad rows by reason and go on. Without it, the first one is an error.")
  private boolean skipBad;

  @Option(
      names = "--shape",
      paramLabel = "NAME",
      completionCandidates = ShapeNames.class,
      description =
          "Read every row as this shape instead of recognising it: ${COMPLETION-CANDIDATES}.")
  private Optional<String> shape;

  @Option(names = "--json", description = "Print one JSON object instead of tables.")
  private boolean json;

  InspectCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** The names of the shapes, for help and completion. */
  static final class ShapeNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return RowShapes.ALL.stream().map(RowShape::name).iterator();
    }
  }

  @Override
  public Integer call() throws JsonProcessingException {
    shape.ifPresent(this::requireShape);
    List<Row<Example>> first = new ArrayList<>();
    try {
      Dataset dataset = Dataset.of(files.toArray(String[]::new));
      DatasetSummary summary = read(dataset, first);
      if (json) {
        terminal
            .out()
            .println(
                JsonMapper.builder()
                    .build()
                    .writerWithDefaultPrettyPrinter()
                    .writeValueAsString(SummaryJson.of(dataset, summary, first)));
      } else {
        SummaryText.of(terminal, dataset, summary, first).forEach(terminal.out()::println);
      }
    } catch (DatasetException e) {
      throw new Failure(e.getMessage(), remedy(e), e);
    }
    return ExitCode.OK;
  }

  private void requireShape(String name) {
    try {
      RowShapes.named(name);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--shape: " + e.getMessage(), e);
    }
  }

  private DatasetSummary read(Dataset dataset, List<Row<Example>> first) {
    DatasetSummary.Collector collector = new DatasetSummary.Collector();
    Progress progress = Progress.ofThings(terminal, "reading", "rows", 0);
    try (DatasetReader<Example> rows = dataset.examples(new ReadOptions(skipBad, shape))) {
      long count = 0;
      while (rows.hasNext()) {
        Row<Example> row = rows.next();
        collector.add(row);
        if (first.size() < rowsShown) {
          first.add(row);
        }
        if (++count % ROWS_BETWEEN_UPDATES == 0) {
          progress.at(count);
        }
      }
      return collector.summary(rows.skipped());
    } finally {
      progress.clear();
    }
  }

  private static String remedy(DatasetException e) {
    return e.badRows().isEmpty()
        ? ""
        : "Mend the rows, or leave them out with --skip-bad. docs/data.md shows the shapes that are"
            + " read.";
  }
}
