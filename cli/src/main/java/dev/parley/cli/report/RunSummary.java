package dev.parley.cli.report;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Quantity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** A run in a few lines: from where to where its main numbers went. */
public final class RunSummary {

  /** Updates at either end whose mean is told: single ones are noisy. */
  private static final int ENDS = 3;

  private RunSummary() {}

  /**
   * Summarises a run.
   *
   * @param run the run's directory
   * @return lines of a name and a value each
   * @throws Failure if the run has no numbers
   */
  public static List<String> lines(Path run) {
    RunFigures figures = RunFigures.read(run);
    List<String> lines = new ArrayList<>();
    lines.add(line("updates", Integer.toString(figures.rows().size())));
    course(figures, "loss").ifPresent(c -> lines.add(line("loss", c.text())));
    figures
        .last("eval_loss")
        .ifPresent(loss -> lines.add(line("held-out loss", Quantity.measured(loss))));
    course(figures, "rewards/margins")
        .ifPresent(margins -> lines.add(line("reward margin", margins.text())));
    course(figures, "rewards/accuracies")
        .ifPresent(accuracies -> lines.add(line("preference accuracy", accuracies.text())));
    figures
        .last("eval_rewards/accuracies")
        .ifPresent(accuracy -> lines.add(line("held-out accuracy", Quantity.measured(accuracy))));
    RewardModelFigures.read(run.resolve("model"))
        .ifPresent(held -> lines.add(line("held-out agreement", text(held))));
    figures
        .last("eval_auc")
        .ifPresent(auc -> lines.add(line("held-out steps, AUC", Quantity.measured(auc))));
    figures.last("eval_r2").ifPresent(r2 -> lines.add(line("held-out R²", Quantity.measured(r2))));
    course(figures, "objective/scores")
        .ifPresent(
            scores -> lines.add(line("score", scores.text() + inDeviations(figures, scores))));
    course(figures, "objective/kl")
        .ifPresent(kl -> lines.add(line("KL to the reference", kl.text() + " nats per answer")));
    course(figures, "response_length/mean")
        .ifPresent(length -> lines.add(line("answer length", length.text() + " tokens")));
    course(figures, "rollout/logprob_gap_median")
        .ifPresent(gap -> lines.add(line("log-prob gap", gap.text() + " nats, median per token")));
    return lines;
  }

  private static String line(String name, String value) {
    return "%-20s %s".formatted(name, value);
  }

  /** Means over the first and the last updates. */
  private record Course(double first, double last) {

    String text() {
      return Quantity.measured(first) + " → " + Quantity.measured(last);
    }
  }

  private static Optional<Course> course(RunFigures figures, String name) {
    List<Double> values = figures.values(name).stream().filter(Objects::nonNull).toList();
    if (values.isEmpty()) {
      return Optional.empty();
    }
    int ends = Math.max(1, Math.min(ENDS, values.size() / 2));
    return Optional.of(
        new Course(
            mean(values.subList(0, ends)),
            mean(values.subList(values.size() - ends, values.size()))));
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).sum() / values.size();
  }

  private static String inDeviations(RunFigures figures, Course scores) {
    return course(figures, "objective/scores_std")
        .filter(spread -> spread.first() > 0)
        .map(
            spread ->
                String.format(
                    Locale.ROOT,
                    ", %+.2f standard deviations of the first answers (%s)",
                    (scores.last() - scores.first()) / spread.first(),
                    Quantity.measured(spread.first())))
        .orElse("");
  }

  private static String text(RewardModelFigures figures) {
    return String.format(
        Locale.ROOT,
        "%.3f, 95%% interval %.3f to %.3f, %d pairs",
        figures.agreement(),
        figures.lower(),
        figures.upper(),
        figures.pairs());
  }
}
