package dev.parley.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The numbers of a run by update, as {@code metrics.jsonl} holds them. A run that was resumed may
 * have written an update twice: the later line counts.
 *
 * @param rows one JSON object per update
 */
public record RunFigures(List<JsonNode> rows) {

  /** The file in a run's directory. */
  public static final String FILE = "metrics.jsonl";

  /** Copies the list. */
  public RunFigures {
    rows = List.copyOf(rows);
  }

  /**
   * Reads a run's numbers.
   *
   * @param run the run's directory
   * @throws Failure if there are none
   */
  public static RunFigures read(Path run) {
    Path file = run.resolve(FILE);
    ObjectMapper json = new ObjectMapper();
    TreeMap<Long, JsonNode> byUpdate = new TreeMap<>();
    try {
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        if (!line.isBlank()) {
          JsonNode row = json.readTree(line);
          byUpdate.put(row.get("update").asLong(), row);
        }
      }
    } catch (IOException e) {
      throw new Failure(
          "%s cannot be read: %s".formatted(file, e.getMessage()),
          "Name the directory of a training run, for example runs/ppo-1.",
          e);
    }
    return new RunFigures(new ArrayList<>(byUpdate.values()));
  }

  /** Returns the updates. */
  public List<Double> updates() {
    return values("update");
  }

  /** Returns whether an update has this number. */
  public boolean has(String name) {
    return rows.stream().anyMatch(row -> row.hasNonNull(name));
  }

  /** Returns a number's values over the updates, null where there is none. */
  public List<Double> values(String name) {
    List<Double> values = new ArrayList<>();
    rows.forEach(
        row -> values.add(row.hasNonNull(name) ? (Double) row.get(name).asDouble() : null));
    return values;
  }

  /** Returns a number's latest value. */
  public Optional<Double> last(String name) {
    for (int i = rows.size() - 1; i >= 0; i--) {
      if (rows.get(i).hasNonNull(name)) {
        return Optional.of(rows.get(i).get(name).asDouble());
      }
    }
    return Optional.empty();
  }

  /** Returns the curves that a reader wants first, of those that the run has. */
  public List<ReportData.Chart> charts() {
    List<ReportData.Chart> charts = new ArrayList<>();
    for (Curve curve : Curve.ALL) {
      List<ReportData.Series> series = new ArrayList<>();
      for (int i = 0; i < curve.names().size(); i++) {
        if (has(curve.names().get(i))) {
          series.add(new ReportData.Series(curve.labels().get(i), values(curve.names().get(i))));
        }
      }
      if (!series.isEmpty()) {
        charts.add(new ReportData.Chart(curve.title(), curve.meaning(), updates(), series));
      }
    }
    return charts;
  }

  /** A chart that is drawn if the run has its numbers. */
  private record Curve(String title, String meaning, List<String> names, List<String> labels) {

    static final List<Curve> ALL =
        List.of(
            of(
                "Loss",
                "Mean negative log-probability of the learnt tokens, the ranking loss, or the"
                    + " recipe's own.",
                List.of("loss", "eval_loss"),
                List.of("training", "held out")),
            of(
                "Agreement",
                "Share of pairs whose preferred answer scores higher.",
                List.of("accuracy", "eval_accuracy"),
                List.of("training", "held out")),
            of(
                "Preference accuracy",
                "Share of pairs whose chosen answer has the higher implicit reward.",
                List.of("rewards/accuracies", "eval_rewards/accuracies"),
                List.of("training", "held out")),
            of(
                "Implicit rewards",
                "How much likelier than before answers are: β times the log-ratio. Both falling is"
                    + " usual; the margin is what counts.",
                List.of(
                    "rewards/chosen",
                    "rewards/rejected",
                    "rewards/margins",
                    "eval_rewards/margins"),
                List.of("chosen", "rejected", "margin", "margin, held out")),
            of(
                "Log-probability of answers",
                "Nats per answer. Chosen answers that become far less likely are a sign of too"
                    + " small a β or too many epochs.",
                List.of("logps/chosen", "logps/rejected"),
                List.of("chosen", "rejected")),
            of(
                "Reward model score",
                "What the policy is trained to raise: mean over the update's answers.",
                List.of("objective/scores", "best_of_n/score"),
                List.of("score", "best of n")),
            of(
                "KL to the reference",
                "How far the policy has moved, in nats per answer.",
                List.of("objective/kl", "best_of_n/kl_bound"),
                List.of("KL", "bound of one round's best of n")),
            of(
                "Entropy",
                "Spread of the next token's distribution, nats. A fall to zero means that answers"
                    + " no longer vary.",
                List.of("policy/entropy_avg"),
                List.of("entropy")),
            of(
                "Answer length",
                "Tokens per answer. Growth without end is a common way to cheat a reward model.",
                List.of("response_length/mean"),
                List.of("mean")),
            of(
                "Clip fraction",
                "Share of tokens whose ratio left the trust region. 0.05–0.3 is usual.",
                List.of("policy/clipfrac_avg", "clip_ratio/region_mean"),
                List.of("clipped", "clipped")),
            of(
                "Groups without spread",
                "Share of the prompts whose answers all have the same score: nothing is learnt from them.",
                List.of("frac_reward_zero_std"),
                List.of("without spread")),
            of(
                "Value explained variance",
                "How well the critic foresees the return: 1 is perfectly, 0 not at all.",
                List.of("critic/vf_explained_var"),
                List.of("explained")),
            of(
                "Losses",
                "Policy and value loss, means over the update's steps.",
                List.of("loss/policy_avg", "loss/value_avg"),
                List.of("policy", "value")),
            of(
                "Log-prob gap",
                "Rollout against learner, median per token. Above 0.01 the two disagree about the"
                    + " model.",
                List.of("rollout/logprob_gap_median"),
                List.of("median")),
            of(
                "Seconds per update",
                "Where the time goes.",
                List.of("timing/generation", "timing/train", "timing/make_experience"),
                List.of("waiting for rollouts", "learning", "scoring")));

    private static Curve of(String title, String meaning, List<String> names, List<String> labels) {
      return new Curve(title, meaning, names, labels);
    }
  }
}
