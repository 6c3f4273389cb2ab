package dev.parley.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Quantity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** A run in a few lines: from where to where its main numbers went. */
public final class RunSummary {

  /** What a reward model's directory says of its scores. */
  private static final String HELD_OUT = "model/reward_model.json";

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
    agreement(run).ifPresent(text -> lines.add(line("held-out agreement", text)));
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

  private static Optional<String> agreement(Path run) {
    Path file = run.resolve(HELD_OUT);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    JsonNode scores;
    try {
      scores = new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new Failure("%s cannot be read: %s".formatted(file, e.getMessage()), "", e);
    }
    if (!scores.path("held_out").asBoolean()) {
      return Optional.empty();
    }
    JsonNode interval = scores.get("held_out_agreement_interval_95");
    return Optional.of(
        String.format(
            Locale.ROOT,
            "%.3f, 95%% interval %.3f to %.3f, %d pairs",
            scores.get("held_out_agreement").asDouble(),
            interval.get(0).asDouble(),
            interval.get(1).asDouble(),
            scores.get("pairs").asInt()));
  }
}
