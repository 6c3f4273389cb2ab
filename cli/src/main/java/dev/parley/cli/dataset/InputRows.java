package dev.parley.cli.dataset;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.PreferenceSource;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.ReadOptions;
import dev.parley.data.file.Row;
import dev.parley.data.file.SkippedRows;
import dev.parley.data.shape.RowShapes;
import dev.parley.events.ExampleTopic;
import dev.parley.events.TopicFile;
import dev.parley.events.TopicReading;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;
import picocli.CommandLine.TypeConversionException;

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
              + " also .gz; Parquet. With --kafka also topic:preferences or topic:demonstrations,"
              + " up to where it ends now.")
  private List<String> named;

  /** The names, with files in the topics' places; null until they are asked for. */
  private List<String> files;

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description = "The broker whose topics are read.")
  private Optional<String> kafka = Optional.empty();

  @Option(
      names = "--source",
      paramLabel = "WHO",
      split = ",",
      converter = SourceName.class,
      description =
          "Of topic:preferences, those of human, rule, model or unknown (which nobody signed). Must"
              + " be given if the topic holds those of several.")
  private Set<PreferenceSource> sources = Set.of();

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

  /**
   * The files that were named; of a topic, one that holds what is in it and does not outlive the
   * process.
   *
   * @throws Failure if a topic cannot be read
   */
  List<String> files() {
    if (!sources.isEmpty() && !named.contains(ExampleTopic.PREFERENCES.toString())) {
      throw new ParameterException(
          spec.commandLine(), "--source is for " + ExampleTopic.PREFERENCES);
    }
    if (files == null) {
      files =
          named.stream()
              .map(written -> ExampleTopic.isTopic(written) ? kept(written) : written)
              .toList();
    }
    return files;
  }

  private String kept(String written) {
    if (kafka.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), written + " is read from a broker; give --kafka HOST:PORT");
    }
    try {
      ExampleTopic topic = ExampleTopic.named(written);
      Path file = TopicFile.temporary(topic);
      TopicReading reading =
          TopicFile.keep(
              file,
              topic,
              kafka.get(),
              topic == ExampleTopic.PREFERENCES ? sources : Set.of(),
              skipBad);
      spec.commandLine().getErr().println("read " + reading);
      return file.toString();
    } catch (IllegalArgumentException | IllegalStateException e) {
      boolean whose = e.getMessage().contains("several sources");
      throw new Failure(
          e.getMessage(), whose ? "--source human names whose preferences to read." : "", e);
    } catch (IOException e) {
      throw new Failure("no file can be made to keep a topic in: " + e.getMessage(), "", e);
    }
  }

  ReadOptions options() {
    return new ReadOptions(skipBad, shape);
  }

  /** A source by the name that users type. */
  static final class SourceName implements ITypeConverter<PreferenceSource> {
    @Override
    public PreferenceSource convert(String name) {
      return Stream.of(PreferenceSource.values())
          .filter(source -> source.fileName().equals(name))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "nobody is called \"%s\"; expected human, rule, model or unknown"
                          .formatted(name)));
    }
  }

  /** The files that were named; of a topic, one that holds what is in it. */
  Dataset dataset() {
    try {
      return Dataset.of(files().toArray(String[]::new));
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
