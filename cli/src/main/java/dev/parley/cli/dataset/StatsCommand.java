package dev.parley.cli.dataset;

import dev.parley.cli.ExitCode;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.terminal.ProgressBar;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.Example;
import dev.parley.data.PairGrades;
import dev.parley.data.Preference;
import dev.parley.data.Ranking;
import dev.parley.data.file.SkippedRows;
import dev.parley.data.summary.AnnotatorAgreement;
import dev.parley.data.summary.DatasetSummary;
import dev.parley.data.summary.GradeShares;
import dev.parley.data.summary.Histogram;
import dev.parley.data.summary.LengthTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A dataset in numbers and pictures. */
@Command(
    name = "stats",
    header = "Show a dataset in numbers and plots: lengths, labels, agreement, grades.",
    description = {
      "Prints tables and bars; --plot also writes the bars as a picture.",
      "Lengths are in characters, and with --model in its tokens, without the chat template.",
      "Agreement is shown where the same two answers were judged more than once, and what pairs"
          + " compare (two good answers, a good and a bad one, two bad ones) where rows grade their"
          + " answers (score_chosen and score_rejected, or the like)."
    },
    footer = {
      "Examples:",
      "  parley data stats pairs.jsonl",
      "  parley data stats pairs.parquet --model org/name --plot lengths.svg",
      "  parley data stats ultrafeedback/ --good-from 7"
    })
final class StatsCommand implements Callable<Integer> {

  private static final int BAR = 40;

  private final Terminal terminal;

  @Mixin private InputRows input;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "Also count lengths in the tokens of this model.")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--good-from",
      paramLabel = "GRADE",
      description =
          "The grade from which an answer is good. Default: the middle of the grades that occur.")
  private Optional<Double> goodFrom = Optional.empty();

  @Option(
      names = "--plot",
      paramLabel = "FILE.svg",
      description = "Also write the bars of lengths as a picture.")
  private Optional<Path> plot = Optional.empty();

  @Option(names = "--force", description = "Write over a picture that exists.")
  private boolean force;

  StatsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    plot.ifPresent(file -> OutputRows.requireNew(file, force));
    DatasetSummary.Collector summary = new DatasetSummary.Collector();
    AnnotatorAgreement.Collector agreement = new AnnotatorAgreement.Collector();
    List<PairGrades> grades = new ArrayList<>();
    Map<String, LengthTable> lengths = new LinkedHashMap<>();
    lengths.put("characters", new LengthTable(text -> text.codePointCount(0, text.length())));
    SkippedRows skipped;
    try (Rendering tokens =
        model.isPresent()
            ? Rendering.open(ModelArgument.ofProcess(terminal).find(model.get()))
            : null) {
      if (tokens != null) {
        lengths.put("tokens", new LengthTable(tokens::tokens));
      }
      skipped =
          input.forEach(
              terminal,
              "counting",
              row -> {
                Example example = row.example();
                summary.add(row);
                lengths.values().forEach(table -> table.add(example));
                if (example instanceof Preference pair) {
                  agreement.add(pair);
                  row.grades().ifPresent(grades::add);
                } else if (example instanceof Ranking ranking) {
                  ranking.pairs().forEach(agreement::add);
                }
              });
    }
    SummaryText.of(terminal, input.dataset(), summary.summary(skipped), List.of())
        .forEach(terminal.out()::println);
    if (lengths.containsKey("tokens")) {
      section(SummaryText.lengths("tokens", lengths.get("tokens").parts()));
    }
    agreement(agreement.agreement());
    if (!grades.isEmpty()) {
      grades(
          GradeShares.of(
              grades,
              goodFrom.isPresent() ? OptionalDouble.of(goodFrom.get()) : OptionalDouble.empty()));
    }
    List<LengthsPlot.Panel> panels = panels(lengths);
    panels.forEach(panel -> section(bars(panel)));
    if (plot.isPresent()) {
      LengthsPlot.write(plot.get(), panels);
      section(List.of("written: " + plot.get()));
    }
    return ExitCode.OK;
  }

  private static List<LengthsPlot.Panel> panels(Map<String, LengthTable> lengths) {
    List<LengthsPlot.Panel> panels = new ArrayList<>();
    lengths.forEach(
        (unit, table) ->
            table
                .parts()
                .forEach(
                    (part, measured) ->
                        panels.add(
                            new LengthsPlot.Panel(part + ", " + unit, measured.histogram()))));
    return panels;
  }

  private void agreement(AnnotatorAgreement agreement) {
    if (agreement.pairs() == 0) {
      return;
    }
    Table table = new Table();
    table.row("pairs judged more than once", Quantity.exact(agreement.pairs()));
    table.row("  judgements of them", Quantity.exact(agreement.judgements()));
    table.row("  annotators by name", Quantity.exact(agreement.annotators()));
    table.row("  two judgements agree", Quantity.percent(agreement.share()));
    table.row(
        "  Krippendorff's alpha",
        Double.isNaN(agreement.alpha()) ? "none" : Quantity.measured(agreement.alpha()));
    section(table.lines());
  }

  private void grades(GradeShares shares) {
    Table table = new Table();
    table.row("graded pairs", Quantity.exact(shares.pairs()), "");
    row(table, "  good over good", shares.goodGood(), shares);
    row(table, "  good over bad", shares.goodBad(), shares);
    row(table, "  bad over good", shares.badGood(), shares);
    row(table, "  bad over bad", shares.badBad(), shares);
    row(table, "  chosen has the lower grade", shares.against(), shares);
    List<String> lines = new ArrayList<>(table.lines());
    lines.add(
        "  good: a grade of %s or more, of %s to %s%s"
            .formatted(
                Quantity.measured(shares.goodFrom()),
                Quantity.measured(shares.lowest()),
                Quantity.measured(shares.highest()),
                goodFrom.isPresent() ? "" : " (the middle; --good-from)"));
    section(lines);
  }

  private static void row(Table table, String name, long pairs, GradeShares shares) {
    table.row(name, Quantity.exact(pairs), Quantity.percent((double) pairs / shares.pairs()));
  }

  private List<String> bars(LengthsPlot.Panel panel) {
    List<Long> counts = panel.histogram().counts();
    long most = counts.stream().mapToLong(Long::longValue).max().orElse(1);
    int first = 0;
    while (first < counts.size() - 1 && counts.get(first) == 0) {
      first++;
    }
    List<String> lines = new ArrayList<>();
    lines.add(panel.title());
    for (int bin = first; bin < counts.size(); bin++) {
      String bar = ProgressBar.plain(counts.get(bin), most, BAR, terminal.colour());
      lines.add(
          "  %13s  %s %s"
              .formatted(Histogram.label(bin), bar, Quantity.exact(counts.get(bin)))
              .stripTrailing());
    }
    return lines;
  }

  private void section(List<String> lines) {
    terminal.out().println();
    lines.forEach(terminal.out()::println);
  }
}
