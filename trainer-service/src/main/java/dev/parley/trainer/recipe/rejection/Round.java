package dev.parley.trainer.recipe.rejection;

import dev.parley.model.generation.BestOfN;
import dev.parley.trainer.answers.AnswerReport;
import dev.parley.trainer.answers.Evaluation;
import dev.parley.trainer.answers.Groups;
import dev.parley.trainer.answers.RewardShaping;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.onpolicy.OnPolicyMetrics;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.onpolicy.PolicyUpdate;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.recipe.sft.SftWork;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** What rejection sampling makes of a round's answers: it imitates the best of them. */
final class Round implements PolicyUpdate {

  private final RejectionConfig config;
  private final OnPolicySettings settings;
  private final RewardShaping shaping;
  private final RunContext context;
  private final Learner learner;
  private final Accumulation accumulation;

  Round(
      RejectionConfig config,
      OnPolicySettings settings,
      RunContext context,
      Learner learner,
      Accumulation accumulation) {
    this.config = config;
    this.settings = settings;
    this.shaping = RewardShaping.of(settings);
    this.context = context;
    this.learner = learner;
    this.accumulation = accumulation;
  }

  @Override
  public Map<String, Double> learn(long update, List<Sample> samples, UpdateTimer timer) {
    // 4 log-probabilities, for the KL to the reference alone
    AnswerReport report;
    try (Evaluation evaluation =
        Evaluation.of(
            samples, learner, Optional.empty(), update - 1, false, accumulation, settings)) {
      report = new AnswerReport(samples, evaluation, 0, false);
    }
    // 5 rewards
    float[] rewards = shaping.rewards(samples);
    shaping.tell(update, samples, report, context.log());
    int[] groups = Groups.of(samples);
    Groups.tell(samples, groups, report);
    // 6 the best answer to each prompt
    List<Integer> best = best(samples, rewards, groups);
    report.put(
        RejectionMetrics.BEST,
        best.stream().mapToDouble(b -> samples.get(b).score()).average().orElse(0));
    report.put(RejectionMetrics.KL_BOUND, BestOfN.klBound(settings.prompts().samples()));
    List<LearningSequence> kept =
        keep(best, samples, rewards).stream().map(b -> samples.get(b).sequence()).toList();
    report.put(RejectionMetrics.KEPT, kept.size());
    timer.lap("make_experience");
    // 7 learn
    imitate(update, kept, report);
    timer.lap("train");
    return report.metrics();
  }

  private List<Integer> best(List<Sample> samples, float[] rewards, int[] groups) {
    List<Integer> learnt = shaping.learnt(samples);
    List<Integer> best = new ArrayList<>();
    int count = groups.length == 0 ? 0 : IntStream.of(groups).max().orElseThrow() + 1;
    for (int group = 0; group < count; group++) {
      int own = group;
      int[] members =
          learnt.stream().mapToInt(Integer::intValue).filter(b -> groups[b] == own).toArray();
      if (members.length > 0) {
        float[] scores = new float[members.length];
        for (int i = 0; i < scores.length; i++) {
          scores[i] = rewards[members[i]];
        }
        best.add(members[BestOfN.bestIndex(scores)]);
      }
    }
    return best;
  }

  /** Leaves out what is too bad, then what is not good enough beside the others. */
  private List<Integer> keep(List<Integer> best, List<Sample> samples, float[] rewards) {
    double least = config.rejection().leastScore().orElse(Double.NEGATIVE_INFINITY);
    long most = Math.max(1, Math.round(config.rejection().keep() * best.size()));
    return best.stream()
        .filter(b -> samples.get(b).score() >= least)
        .sorted(Comparator.comparingDouble(b -> -rewards[b]))
        .limit(most)
        .sorted()
        .toList();
  }

  @Override
  public double klCoefficient() {
    return settings.klCoefficient();
  }

  private void imitate(long update, List<LearningSequence> kept, AnswerReport report) {
    report.put(OnPolicyMetrics.OPTIMIZER_STEPS, 0);
    for (List<Integer> rows : settings.minibatches(update, kept.size())) {
      List<LearningSequence> minibatch = rows.stream().map(kept::get).toList();
      SftWork work = SftWork.of(learner, minibatch, 1, RejectionMetrics.LOSS);
      Metrics figures = Metrics.sum(accumulation.learn(List.of(learner), List.of(work)));
      Learner.Step step = learner.step();
      context.warnOfSkipped(step, update);
      report.step(figures, Optional.of(step));
      report.put(OnPolicyMetrics.OPTIMIZER_STEPS, report.steps());
    }
  }
}
