package dev.parley.cli.quickstart;

import dev.parley.cli.report.ReportData;
import dev.parley.cli.report.ReportData.Chart;
import dev.parley.cli.report.ReportData.Frontier;
import dev.parley.cli.report.ReportData.Sample;
import dev.parley.cli.report.ReportData.Series;
import dev.parley.cli.report.ReportData.Stage;
import dev.parley.cli.report.ReportData.Tile;
import dev.parley.cli.report.RunFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Puts the quickstart's figures into the form of the report page. */
final class QuickstartReport {

  private static final int SAMPLES = 12;

  private QuickstartReport() {}

  static ReportData of(
      String id,
      Summary summary,
      List<Stage> stages,
      RunFigures figures,
      List<GoldWatch.Point> gold,
      Evaluation before,
      Evaluation after) {
    List<Chart> charts = new ArrayList<>(figures.charts());
    charts.add(
        1,
        new Chart(
            "Gold score",
            "The true quality, which no model saw. If it falls while the reward model's score rises, the reward is being hacked.",
            values(gold, p -> (double) p.update()),
            List.of(new Series("gold", values(gold, GoldWatch.Point::gold)))));
    return new ReportData(
        id,
        "Reinforcement learning from human feedback on a task whose true quality is known",
        "Gold scores and KL per update are read from the rollouts on Kafka; the rest from metrics.jsonl.",
        tiles(summary),
        stages,
        charts,
        new Frontier(
            "One point per version of the policy: what a distance from the reference buys.",
            values(gold, GoldWatch.Point::kl),
            List.of(
                new Series("gold score", values(gold, GoldWatch.Point::gold)),
                new Series("reward model score", values(gold, GoldWatch.Point::score)))),
        samples(before, after),
        "Questions that neither model has seen, the same seeds; the numbers are gold scores, from 0 to 1.");
  }

  private static List<Tile> tiles(Summary summary) {
    return List.of(
        new Tile(
            "gold score",
            "%.2f → %.2f".formatted(summary.goldBefore(), summary.goldAfter()),
            "of 0 to 1, held-out questions"),
        new Tile(
            "reward model",
            "%.1f%%".formatted(100 * summary.rewardModelAgreement()),
            "of held-out choices foreseen"),
        new Tile(
            "KL to the reference", "%.1f".formatted(summary.klNatsPerAnswer()), "nats per answer"),
        new Tile(
            "log-prob gap",
            String.format(Locale.ROOT, "%.0e", summary.logprobGapMedian()),
            "nats, median per token"),
        new Tile(
            "time",
            "%d:%02d min".formatted((long) summary.seconds() / 60, (long) summary.seconds() % 60),
            summary.updates() + " updates"));
  }

  private static List<Sample> samples(Evaluation before, Evaluation after) {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < Math.min(SAMPLES, before.questions().size()); i++) {
      samples.add(
          new Sample(
              before.questions().get(i),
              before.answers().get(i),
              before.gold().get(i),
              after.answers().get(i),
              after.gold().get(i)));
    }
    return samples;
  }

  private static List<Double> values(
      List<GoldWatch.Point> points, Function<GoldWatch.Point, Double> value) {
    return points.stream().map(value).toList();
  }
}
