package dev.parley.cli.dataset;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.Fingerprint;
import dev.parley.data.Preference;
import dev.parley.data.Ranking;
import dev.parley.data.file.BadRow;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.ReadOptions;
import dev.parley.data.file.Row;
import dev.parley.data.file.RowPlace;
import dev.parley.data.similarity.Deduplication;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Lists everything that is wrong with a dataset. */
@Command(
    name = "validate",
    header = "List everything that is wrong with a dataset, with file, line and field.",
    description = {
      "Errors are rows that cannot be used. Warnings are rows that can, and most likely should not:"
          + " a pair that an earlier row judges the other way round, a row that stands there"
          + " already, an empty answer, somebody who speaks twice in a row.",
      "With --model, each conversation is also written with the model's chat template, and those"
          + " that it refuses, or of more than --max-tokens, are errors.",
      "",
      "Exit code 1 if there are errors, or, with --strict, warnings."
    },
    footer = {
      "Examples:",
      "  parley data validate pairs.jsonl --kind preference",
      "  parley data validate data/ --model org/name --max-tokens 2048",
      "  parley data validate pairs.jsonl --strict --limit 0 | wc -l"
    })
final class ValidateCommand implements Callable<Integer> {

  private static final int ROWS_BETWEEN_UPDATES = 1_000;

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Mixin private InputRows input;

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      description =
          "What every row must be: demonstration, preference, prompt, ranking, rating, solution or"
              + " verdict.")
  private Optional<Kind> kind = Optional.empty();

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "Also write the rows with the chat template of this model.")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "With --model: the longest conversation, in tokens.")
  private Optional<Integer> maxTokens = Optional.empty();

  @Option(names = "--strict", description = "Take warnings for errors.")
  private boolean strict;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "1000",
      description = "How many problems to list; 0 lists all. Default: ${DEFAULT-VALUE}.")
  private int limit;

  private final Map<Defect, Long> errors = new EnumMap<>(Defect.class);
  private final Map<String, Long> warnings = new TreeMap<>();
  private final Map<Fingerprint, RowPlace> rowsSeen = new HashMap<>();
  private long broken;
  private long listed;
  private long good;

  /** What a row can have to be. */
  enum Kind {
    DEMONSTRATION,
    PREFERENCE,
    PROMPT,
    RANKING,
    RATING,
    SOLUTION,
    VERDICT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  ValidateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (maxTokens.isPresent() && model.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--max-tokens needs --model to count with");
    }
    List<Path> files = input.dataset().files();
    Progress progress = Progress.ofThings(terminal, "checking", "rows", 0);
    try (Rendering rendering =
        model.isPresent()
            ? Rendering.open(ModelArgument.ofProcess(terminal).findText(model.get()))
            : null) {
      for (Path file : files) {
        check(file, rendering, progress);
      }
    } finally {
      progress.clear();
    }
    long wrong = broken + errors.values().stream().mapToLong(Long::longValue).sum();
    long doubtful = warnings.values().stream().mapToLong(Long::longValue).sum();
    if (limit > 0 && listed > limit) {
      terminal.out().printf("and %s more%n", Quantity.exact(listed - limit));
    }
    if (wrong + (strict ? doubtful : 0) > 0) {
      throw new Failure(
          "%s, %s%s, %s%s"
              .formatted(
                  Quantity.of(good, "good row"),
                  Quantity.of(wrong, "error"),
                  reasons(
                      errors.entrySet().stream()
                          .collect(
                              Collectors.toMap(
                                  entry -> entry.getKey().label(),
                                  Map.Entry::getValue,
                                  Long::sum,
                                  TreeMap::new))),
                  Quantity.of(doubtful, "warning"),
                  reasons(warnings)),
          "docs/data.md shows the shapes that are read.");
    }
    if (good == 0) {
      throw new Failure(
          "there is no row in "
              + files.stream().map(Path::toString).collect(Collectors.joining(", ")),
          "docs/data.md shows the shapes that are read.");
    }
    terminal
        .out()
        .printf(
            "%s, no errors, %s%s%n",
            Quantity.of(good, "good row"), Quantity.of(doubtful, "warning"), reasons(warnings));
    return ExitCode.OK;
  }

  private static String reasons(Map<String, Long> counts) {
    return counts.isEmpty()
        ? ""
        : counts.entrySet().stream()
            .map(entry -> entry.getKey() + ": " + Quantity.exact(entry.getValue()))
            .collect(Collectors.joining(", ", " (", ")"));
  }

  private void check(Path file, Rendering rendering, Progress progress) {
    ReadOptions options = new ReadOptions(true, input.options().shape());
    try (DatasetReader<Example> rows =
        new Dataset(List.of(file)).examples(options).reporting(this::error)) {
      while (rows.hasNext()) {
        Row<Example> row = rows.next();
        if (usable(row, rendering)) {
          good++;
          doubts(row);
        }
        if ((good + listed) % ROWS_BETWEEN_UPDATES == 0) {
          progress.at(good + listed);
        }
      }
    } catch (DatasetException e) {
      // The rest of this file cannot be read; other files can.
      broken++;
      say("error", e.getMessage());
    }
  }

  private boolean usable(Row<Example> row, Rendering rendering) {
    Example example = row.example();
    if (kind.isPresent() && !kind.get().toString().equals(example.kind())) {
      error(
          new BadRow(
              row.place(),
              Defect.WRONG_KIND,
              "the row is a %s; expected a %s".formatted(example.kind(), kind.get())));
      return false;
    }
    if (rendering == null) {
      return true;
    }
    Optional<String> refusal = rendering.refusal(example, maxTokens);
    refusal.ifPresent(reason -> error(new BadRow(row.place(), Defect.UNFIT, reason)));
    return refusal.isEmpty();
  }

  private void doubts(Row<Example> row) {
    Example example = row.example();
    RowPlace place = row.place();
    List<ChatTurn> turns = new ArrayList<>(example.prompt());
    if (example instanceof Demonstration demonstration) {
      turns = demonstration.conversation();
    } else if (example instanceof Preference pair) {
      contradiction(pair, place);
      turns.addAll(pair.chosen());
      if (isBlank(pair.chosen())) {
        warning("empty answer", place, "'chosen' is empty");
      }
      if (isBlank(pair.rejected())) {
        warning("empty answer", place, "'rejected' is empty");
      }
    } else if (example instanceof Ranking ranking) {
      for (int i = 0; i < ranking.answers().size(); i++) {
        if (isBlank(ranking.answers().get(i))) {
          warning("empty answer", place, "answer %d is empty".formatted(i + 1));
        }
      }
    }
    for (int i = 1; i < turns.size(); i++) {
      if (turns.get(i).role().equals(turns.get(i - 1).role())) {
        warning(
            "twice in a row",
            place,
            "turns %d and %d are both the %s's, which some chat templates refuse"
                .formatted(i, i + 1, turns.get(i).role()));
        break;
      }
    }
    if (!(example instanceof Preference)) {
      List<ChatTurn> whole = Deduplication.turns(example);
      earlier(whole)
          .ifPresent(first -> warning("repeated", place, "the row stands already in " + first));
      rowsSeen.putIfAbsent(Fingerprint.of(whole), place);
    }
  }

  /** The same pair once more, or judged the other way round. */
  private void contradiction(Preference pair, RowPlace place) {
    List<ChatTurn> key = ordered(pair.prompt(), pair.chosen(), pair.rejected());
    earlier(key)
        .ifPresent(first -> warning("repeated", place, "the pair stands already in " + first));
    if (!pair.tie()) {
      earlier(ordered(pair.prompt(), pair.rejected(), pair.chosen()))
          .ifPresent(
              first ->
                  warning(
                      "contradiction",
                      place,
                      "'chosen' and 'rejected' are the other way round in " + first));
    }
    rowsSeen.putIfAbsent(Fingerprint.of(key), place);
  }

  private static List<ChatTurn> ordered(
      List<ChatTurn> prompt, List<ChatTurn> first, List<ChatTurn> second) {
    List<ChatTurn> key = new ArrayList<>(prompt);
    key.addAll(first);
    key.add(new ChatTurn("or", ""));
    key.addAll(second);
    return key;
  }

  private Optional<RowPlace> earlier(List<ChatTurn> turns) {
    return Optional.ofNullable(rowsSeen.get(Fingerprint.of(turns)));
  }

  private static boolean isBlank(List<ChatTurn> answer) {
    return answer.stream().allMatch(turn -> turn.content().isBlank());
  }

  private void error(BadRow bad) {
    errors.merge(bad.defect(), 1L, Long::sum);
    say("error", bad.toString());
  }

  private void warning(String reason, RowPlace place, String detail) {
    warnings.merge(reason, 1L, Long::sum);
    say("warning", place + ": " + detail);
  }

  private void say(String what, String line) {
    if (++listed <= limit || limit == 0) {
      terminal.out().println("%-9s%s".formatted(what, line));
    }
  }
}
