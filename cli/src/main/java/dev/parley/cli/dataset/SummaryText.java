package dev.parley.cli.dataset;

import static dev.parley.cli.terminal.Quantity.exact;
import static dev.parley.cli.terminal.Quantity.percent;

import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.data.PromptRow;
import dev.parley.data.Ranking;
import dev.parley.data.Rating;
import dev.parley.data.Solution;
import dev.parley.data.Verdict;
import dev.parley.data.file.BadRow;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.Row;
import dev.parley.data.file.SkippedRows;
import dev.parley.data.summary.DatasetSummary;
import dev.parley.data.summary.LabelBalance;
import dev.parley.data.summary.LengthTable;
import dev.parley.data.summary.Lengths;
import dev.parley.data.summary.PreferenceBalance;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A dataset's summary as lines for a person. */
final class SummaryText {

  private static final int LONGEST_TURN = 600;
  private static final int ROLE_COLUMN = 10;

  private final Terminal terminal;
  private final List<String> lines = new ArrayList<>();

  private SummaryText(Terminal terminal) {
    this.terminal = terminal;
  }

  static List<String> of(
      Terminal terminal, Dataset dataset, DatasetSummary summary, List<Row<Example>> first) {
    SummaryText text = new SummaryText(terminal);
    text.counts(dataset, summary);
    text.lengths(summary);
    text.labels(summary.preferences());
    text.labels(summary.labels());
    text.skipped(summary.skipped());
    first.forEach(text::row);
    return text.lines;
  }

  private void counts(Dataset dataset, DatasetSummary summary) {
    Table table = new Table();
    table.row("files", exact(dataset.files().size()));
    table.row("rows", exact(summary.rows()));
    summary.byKind().forEach((kind, rows) -> table.row("  " + kind + "s", exact(rows)));
    summary.byShape().forEach((shape, rows) -> table.row("  read as " + shape, exact(rows)));
    table.row("turns", exact(summary.turns()));
    table.row(
        "repeated prompts",
        exact(summary.repeatedPrompts()),
        percent(summary.repeatedPromptShare()));
    if (summary.referenceAnswers() > 0) {
      table.row("with a reference answer", exact(summary.referenceAnswers()));
    }
    if (summary.unevenTurns() > 0) {
      table.row("somebody speaks twice in a row", exact(summary.unevenTurns()));
    }
    lines.addAll(table.lines());
  }

  private void lengths(DatasetSummary summary) {
    if (summary.rows() == 0) {
      return;
    }
    section(
        lengths(
            "characters",
            List.of("prompt", "answer", "chosen", "rejected"),
            List.of(
                summary.promptLengths(),
                summary.answerLengths(),
                summary.chosenLengths(),
                summary.rejectedLengths())));
  }

  /** Lengths of parts in a unit, as a table. */
  static List<String> lengths(String unit, Map<String, LengthTable.Part> parts) {
    return lengths(
        unit,
        List.copyOf(parts.keySet()),
        parts.values().stream().map(LengthTable.Part::lengths).toList());
  }

  private static List<String> lengths(String unit, List<String> names, List<Lengths> all) {
    Table table = new Table();
    table.row(unit, "mean", "shortest", "half", "90%", "99%", "longest");
    for (int i = 0; i < names.size(); i++) {
      Lengths lengths = all.get(i);
      if (lengths.count() > 0) {
        table.row(
            names.get(i),
            Quantity.measured(lengths.mean()),
            exact(lengths.min()),
            exact(lengths.median()),
            exact(lengths.p90()),
            exact(lengths.p99()),
            exact(lengths.max()));
      }
    }
    return table.lines();
  }

  private void labels(PreferenceBalance balance) {
    if (balance.pairs() == 0) {
      return;
    }
    Table table = new Table();
    table.row("pairs", exact(balance.pairs()), "");
    table.row(
        "  the longer answer is chosen",
        exact(balance.chosenLonger()),
        percent(balance.chosenLongerShare()));
    table.row("  with a margin", exact(balance.withMargin()), percent(balance.marginShare()));
    table.row("  ties", exact(balance.ties()), "");
    table.row("  with an empty answer", exact(balance.emptyAnswers()), "");
    for (Map.Entry<PreferenceSource, Long> judge : balance.bySource().entrySet()) {
      table.row(
          "  judged by: " + judge.getKey().fileName(),
          exact(judge.getValue()),
          percent((double) judge.getValue() / balance.pairs()));
    }
    section(table.lines());
  }

  private void labels(LabelBalance labels) {
    Table table = new Table();
    if (labels.verdicts() > 0) {
      table.row("verdicts", exact(labels.verdicts()), "");
      share(table, "good", labels.good(), labels.verdicts());
      share(table, "bad", labels.bad(), labels.verdicts());
    }
    if (labels.steps() > 0) {
      table.row("steps", exact(labels.steps()), "");
      share(table, "right", labels.rightSteps(), labels.steps());
      share(table, "wrong", labels.wrongSteps(), labels.steps());
      share(table, "neutral", labels.neutralSteps(), labels.steps());
      share(table, "without a label", labels.unlabelledSteps(), labels.steps());
    }
    if (labels.verdicts() + labels.steps() > 0) {
      section(table.lines());
    }
  }

  private static void share(Table table, String name, long count, long all) {
    table.row("  " + name, exact(count), percent((double) count / all));
  }

  private void skipped(SkippedRows skipped) {
    if (skipped.total() == 0) {
      return;
    }
    Table table = new Table();
    table.row("bad rows, left out", exact(skipped.total()));
    skipped.byDefect().forEach((defect, rows) -> table.row("  " + defect.label(), exact(rows)));
    section(table.lines());
    for (BadRow row : skipped.first()) {
      lines.add(row.toString());
    }
  }

  private void row(Row<Example> row) {
    lines.add("");
    lines.add(terminal.faint("%s  %s".formatted(row.place(), row.shape())));
    Example example = row.example();
    if (example instanceof Demonstration demonstration) {
      demonstration.conversation().forEach(turn -> turn(turn.role(), turn));
    } else {
      example.prompt().forEach(turn -> turn(turn.role(), turn));
    }
    if (example instanceof Preference pair) {
      pair.chosen().forEach(turn -> turn(pair.tie() ? "one" : "chosen", turn));
      pair.rejected().forEach(turn -> turn(pair.tie() ? "other" : "rejected", turn));
      pair.margin().ifPresent(margin -> field("margin", Double.toString(margin)));
      pair.confidence().ifPresent(sure -> field("confidence", Double.toString(sure)));
    } else if (example instanceof Ranking ranking) {
      for (int i = 0; i < ranking.answers().size(); i++) {
        String label = "rank " + ranking.ranks().get(i);
        ranking.answers().get(i).forEach(turn -> turn(label, turn));
      }
    } else if (example instanceof Rating rating) {
      rating.answer().forEach(turn -> turn(turn.role(), turn));
      rating.scores().forEach((attribute, score) -> field(attribute, Double.toString(score)));
    } else if (example instanceof Solution solution) {
      for (Solution.Step step : solution.steps()) {
        String label = step.label().isPresent() ? Double.toString(step.label().getAsDouble()) : "–";
        field("step " + label, step.text());
      }
    } else if (example instanceof Verdict verdict) {
      verdict.answer().forEach(turn -> turn(verdict.desirable() ? "good" : "bad", turn));
    } else if (example instanceof PromptRow prompt) {
      prompt.referenceAnswer().ifPresent(answer -> field("reference", answer));
      if (!prompt.metadata().isEmpty()) {
        field(
            "metadata",
            prompt.metadata().entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(", ")));
      }
    }
  }

  private void turn(String label, ChatTurn turn) {
    field(label, turn.content());
  }

  private void field(String label, String text) {
    String shown =
        text.length() <= LONGEST_TURN
            ? text
            : text.substring(0, LONGEST_TURN)
                + "… ("
                + exact(text.length() - LONGEST_TURN)
                + " more characters)";
    boolean named = false;
    for (String paragraph : shown.split("\n", -1)) {
      for (String line : wrapped(visible(paragraph))) {
        String name = named ? "" : label;
        lines.add(
            terminal.bold(name) + " ".repeat(Math.max(1, ROLE_COLUMN - name.length())) + line);
        named = true;
      }
    }
  }

  private List<String> wrapped(String paragraph) {
    int width = terminal.columns() - ROLE_COLUMN - 1;
    List<String> wrapped = new ArrayList<>();
    String rest = paragraph;
    while (rest.length() > width) {
      int space = rest.lastIndexOf(' ', width);
      int end = space > 0 ? space : width;
      wrapped.add(rest.substring(0, end));
      rest = rest.substring(space > 0 ? end + 1 : end);
    }
    wrapped.add(rest);
    return wrapped;
  }

  /** A dataset may hold anything: escape sequences in it must not reach the terminal. */
  private static String visible(String text) {
    return text.codePoints()
        .map(c -> Character.isISOControl(c) && c != '\t' ? '\uFFFD' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private void section(List<String> section) {
    lines.add("");
    lines.addAll(section);
  }
}
