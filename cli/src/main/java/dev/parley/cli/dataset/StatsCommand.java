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
import dev.parley.data.summary.LabelBalance;
import dev.parley.data.summary.LengthTable;
import dev.parley.data.summary.PreferenceBalance;
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
      "Prints tables and bars; --plot also draws all of it as a picture.",
      "Lengths are in characters, and with --model in its tokens, without the chat template.",
      "Agreement is shown where the same two answers were judged more than once, and what pairs"
          + " compare (two good answers, a good and a bad one, two bad ones) where rows grade their"
          + " answers (score_chosen and score_rejected, or the like)."
    },
    footer = {
      "Examples:",
      "  parley data stats pairs.jsonl",
      "  parley data stats pairs.parquet --model org/name --plot pairs.svg",
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
      description = "Also draw lengths, labels, agreement and grades as a picture.")
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
            ? Rendering.open(ModelArgument.ofProcess(terminal).findText(model.get()))
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
    DatasetSummary counted = summary.summary(skipped);
    SummaryText.of(terminal, input.dataset(), counted, List.of()).forEach(terminal.out()::println);
    if (lengths.containsKey("tokens")) {
      section(SummaryText.lengths("tokens", lengths.get("tokens").parts()));
    }
    AnnotatorAgreement agreed = agreement.agreement();
    agreement(agreed);
    Optional<GradeShares> shares =
        grades.isEmpty()
            ? Optional.empty()
            : Optional.of(
                GradeShares.of(
                    grades,
                    goodFrom.isPresent()
                        ? OptionalDouble.of(goodFrom.get())
                        : OptionalDouble.empty()));
    shares.ifPresent(this::grades);
    List<BarsPlot.Panel> panels = new ArrayList<>(lengths(lengths));
    panels.forEach(panel -> section(bars(panel)));
    if (plot.isPresent()) {
      panels.addAll(labels(counted, agreed, shares));
      BarsPlot.write(plot.get(), panels);
      section(List.of("written: " + plot.get()));
    }
    return ExitCode.OK;
  }

  private static List<BarsPlot.Panel> lengths(Map<String, LengthTable> lengths) {
    List<BarsPlot.Panel> panels = new ArrayList<>();
    lengths.forEach(
        (unit, table) ->
            table
                .parts()
                .forEach(
                    (part, measured) ->
                        panels.add(BarsPlot.Panel.of(part + ", " + unit, measured.histogram()))));
    return panels;
  }

  /** What the tables say of labels. */
  private static List<BarsPlot.Panel> labels(
      DatasetSummary summary, AnnotatorAgreement agreement, Optional<GradeShares> grades) {
    PreferenceBalance balance = summary.preferences();
    LabelBalance single = summary.labels();
    List<BarsPlot.Panel> panels = new ArrayList<>();
    if (balance.pairs() > 0) {
      long equal =
          balance.pairs() - balance.ties() - balance.chosenLonger() - balance.rejectedLonger();
      panels.add(
          new BarsPlot.Panel(
              "pairs by the chosen answer's length",
              List.of(
                  new BarsPlot.Bar("longer", balance.chosenLonger()),
                  new BarsPlot.Bar("shorter", balance.rejectedLonger()),
                  new BarsPlot.Bar("as long", equal),
                  new BarsPlot.Bar("tie", balance.ties()))));
      List<BarsPlot.Bar> judges = new ArrayList<>();
      balance
          .bySource()
          .forEach((source, pairs) -> judges.add(new BarsPlot.Bar(source.fileName(), pairs)));
      panels.add(new BarsPlot.Panel("pairs by who judged", judges));
    }
    if (single.verdicts() > 0) {
      panels.add(
          new BarsPlot.Panel(
              "verdicts",
              List.of(
                  new BarsPlot.Bar("good", single.good()), new BarsPlot.Bar("bad", single.bad()))));
    }
    if (single.steps() > 0) {
      panels.add(
          new BarsPlot.Panel(
              "steps",
              List.of(
                  new BarsPlot.Bar("right", single.rightSteps()),
                  new BarsPlot.Bar("wrong", single.wrongSteps()),
                  new BarsPlot.Bar("neutral", single.neutralSteps()),
                  new BarsPlot.Bar("without a label", "none", single.unlabelledSteps()))));
    }
    if (agreement.couples() > 0) {
      panels.add(
          new BarsPlot.Panel(
              "couples of judgements of one pair",
              List.of(
                  new BarsPlot.Bar("agree", agreement.agreeing()),
                  new BarsPlot.Bar("disagree", agreement.couples() - agreement.agreeing()))));
    }
    grades.ifPresent(
        shares ->
            panels.add(
                new BarsPlot.Panel(
                    "graded pairs, chosen over rejected",
                    List.of(
                        new BarsPlot.Bar("good over good", "good/good", shares.goodGood()),
                        new BarsPlot.Bar("good over bad", "good/bad", shares.goodBad()),
                        new BarsPlot.Bar("bad over good", "bad/good", shares.badGood()),
                        new BarsPlot.Bar("bad over bad", "bad/bad", shares.badBad())))));
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

  private List<String> bars(BarsPlot.Panel panel) {
    List<String> lines = new ArrayList<>();
    lines.add(panel.title());
    for (BarsPlot.Bar bar : panel.bars()) {
      String drawn = ProgressBar.plain(bar.count(), panel.most(), BAR, terminal.colour());
      lines.add(
          "  %13s  %s %s"
              .formatted(bar.label(), drawn, Quantity.exact(bar.count()))
              .stripTrailing());
    }
    return lines;
  }

  private void section(List<String> lines) {
    terminal.out().println();
    lines.forEach(terminal.out()::println);
  }
}
