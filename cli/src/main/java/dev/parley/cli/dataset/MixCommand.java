package dev.parley.cli.dataset;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.DatasetWriter;
import dev.parley.data.file.ReadOptions;
import dev.parley.data.file.Row;
import dev.parley.data.part.Mixture;
import dev.parley.data.part.Mixture.Exhausted;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Puts several datasets into one, by weights. */
@Command(
    name = "mix",
    header = "Put several datasets into one, drawn by weights.",
    description = {
      "Each row's source is drawn at random, in proportion to the weights; a source's rows keep"
          + " their order. When a source that was drawn has no more rows (--exhausted):",
      "  stop    the mixture ends: shares are those of the weights, some rows are left over",
      "  drop    the source leaves, the others go on until all are read once",
      "  repeat  the source begins again, until every source has been read once, or to --rows",
      "",
      "Rows of different kinds (preferences, prompts, …) are refused, since hardly any recipe reads"
          + " both; --any-kind lets them through.",
      "",
      "The same input and --seed give the same output. Rows are not held in memory."
    },
    footer = {
      "Examples:",
      "  parley data mix --from chat.jsonl=0.7 --from code.jsonl=0.3 \\",
      "      --output mixed.jsonl",
      "  parley data mix --from a.parquet=1 --from b.csv=1 --exhausted repeat \\",
      "      --rows 10000 --output mixed.jsonl.gz"
    })
final class MixCommand implements Callable<Integer> {

  private static final int ROWS_BETWEEN_UPDATES = 1_000;

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Option(
      names = "--from",
      paramLabel = "FILE=WEIGHT",
      required = true,
      description = "A source: a file, a directory or a quoted pattern, and its weight.")
  private List<String> from = new ArrayList<>();

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description = "The file to write.")
  private Path output;

  @Mixin private OutputRows rows;

  @Option(
      names = "--exhausted",
      paramLabel = "POLICY",
      defaultValue = "stop",
      description = "stop, drop or repeat. Default: ${DEFAULT-VALUE}.")
  private Exhausted exhausted;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "0",
      description = "How many rows at most. Default: no limit.")
  private long limit;

  @Option(names = "--seed", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--skip-bad",
      description = "Leave bad rows out. Without it, the first one is an error.")
  private boolean skipBad;

  @Option(
      names = "--any-kind",
      description =
          "Mix rows of different kinds, for a recipe that reads both: reward-model rankings beside"
              + " preferences, kto preferences beside verdicts.")
  private boolean anyKind;

  /** A source as it was written. */
  private record Named(String name, Dataset dataset, double weight) {}

  MixCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    if (limit < 0) {
      throw new ParameterException(
          spec.commandLine(), "--rows is " + limit + "; expected 0 or more");
    }
    List<Named> sources = from.stream().map(this::source).toList();
    List<DatasetReader<Example>> readers = new ArrayList<>();
    long[] counts = new long[sources.size()];
    int[] rounds = new int[sources.size()];
    Row<Example> first = null;
    Progress progress = Progress.ofThings(terminal, "mixing", "rows", limit);
    try (DatasetWriter writer = rows.create(output)) {
      Mixture<Row<Example>> mixture = mixture(sources, readers);
      while (mixture.hasNext()) {
        Mixture.Drawn<Row<Example>> drawn = mixture.next();
        first = first == null ? drawn.row() : first;
        requireOneKind(first, drawn.row());
        try {
          writer.write(drawn.row().example());
        } catch (InvalidExampleException e) {
          throw new Failure(drawn.row().place() + ": " + e.getMessage(), "", e);
        }
        counts[drawn.source()]++;
        rounds[drawn.source()] = drawn.round();
        if (writer.rows() % ROWS_BETWEEN_UPDATES == 0) {
          progress.at(writer.rows());
        }
      }
      writer.finish();
    } catch (DatasetException e) {
      throw InputRows.failure(e);
    } catch (IllegalArgumentException e) {
      throw new Failure(e.getMessage(), "", e);
    } finally {
      progress.clear();
      readers.forEach(DatasetReader::close);
    }
    report(sources, counts, rounds);
    return ExitCode.OK;
  }

  private void requireOneKind(Row<Example> first, Row<Example> row) {
    String kind = first.example().kind();
    String other = row.example().kind();
    if (!anyKind && !kind.equals(other)) {
      throw new Failure(
          "%s is a %s, and %s a %s; expected rows of one kind"
              .formatted(first.place(), kind, row.place(), other),
          "parley data convert makes some kinds of others; --any-kind mixes them as they are.");
    }
  }

  private Mixture<Row<Example>> mixture(List<Named> sources, List<DatasetReader<Example>> readers) {
    List<Mixture.Source<Row<Example>>> mixed = new ArrayList<>();
    for (Named named : sources) {
      mixed.add(
          new Mixture.Source<>(
              () -> {
                DatasetReader<Example> reader =
                    named
                        .dataset()
                        .examples(skipBad ? ReadOptions.skippingBad() : ReadOptions.strict());
                readers.add(reader);
                return reader;
              },
              named.weight()));
    }
    return new Mixture<>(mixed, exhausted, limit, seed);
  }

  private Named source(String written) {
    int equals = written.lastIndexOf('=');
    try {
      if (equals > 0) {
        double weight = Double.parseDouble(written.substring(equals + 1));
        if (weight > 0 && weight < Double.POSITIVE_INFINITY) {
          String name = written.substring(0, equals);
          return new Named(name, Dataset.of(name), weight);
        }
      }
    } catch (NumberFormatException e) {
      throw refused(written);
    } catch (DatasetException e) {
      throw InputRows.failure(e);
    }
    throw refused(written);
  }

  private ParameterException refused(String written) {
    return new ParameterException(
        spec.commandLine(),
        "--from %s is no source; expected FILE=WEIGHT with a weight above 0, as in --from a.jsonl=0.7"
            .formatted(written));
  }

  private void report(List<Named> sources, long[] counts, int[] rounds) {
    double weights = sources.stream().mapToDouble(Named::weight).sum();
    long all = Arrays.stream(counts).sum();
    Table table = new Table();
    table.row("source", "rows", "share", "wanted", "begun again");
    for (int i = 0; i < counts.length; i++) {
      table.row(
          sources.get(i).name(),
          Quantity.exact(counts[i]),
          all == 0 ? "" : Quantity.percent((double) counts[i] / all),
          Quantity.percent(sources.get(i).weight() / weights),
          exhausted == Exhausted.REPEAT ? rounds[i] + " times" : "");
    }
    table.row("all", Quantity.exact(all), "", "", "");
    table.lines().forEach(terminal.out()::println);
    terminal.out().println("written: " + output);
  }
}
