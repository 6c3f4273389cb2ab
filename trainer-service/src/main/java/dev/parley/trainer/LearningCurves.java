package dev.parley.trainer;

import dev.parley.trainer.answers.GroupMetrics;
import dev.parley.trainer.answers.RatioMetrics;
import dev.parley.trainer.critic.CriticMetrics;
import dev.parley.trainer.offline.Objective;
import dev.parley.trainer.onpolicy.DynamicSamplingMetrics;
import dev.parley.trainer.onpolicy.OnPolicyMetrics;
import dev.parley.trainer.policygradient.ClipMetrics;
import dev.parley.trainer.preference.AnswerMetrics;
import dev.parley.trainer.preference.ImitationMetrics;
import dev.parley.trainer.preference.LogProbMetrics;
import dev.parley.trainer.preference.PairMetrics;
import dev.parley.trainer.recipe.StepMetrics;
import dev.parley.trainer.recipe.awr.AwrMetrics;
import dev.parley.trainer.recipe.grpo.GrpoMetrics;
import dev.parley.trainer.recipe.kto.KtoMetrics;
import dev.parley.trainer.recipe.onlinedpo.OnlineDpoMetrics;
import dev.parley.trainer.recipe.orpo.OrpoMetrics;
import dev.parley.trainer.recipe.ppo.PpoMetrics;
import dev.parley.trainer.recipe.processreward.ProcessRewardMetrics;
import dev.parley.trainer.recipe.rejection.RejectionMetrics;
import dev.parley.trainer.recipe.rewardmodel.RewardModelMetrics;
import dev.parley.trainer.recipe.rewardregression.RewardRegressionMetrics;
import dev.parley.trainer.recipe.sft.SftMetrics;
import dev.parley.trainer.scores.HeldOutRatings;
import dev.parley.trainer.scores.HeldOutScores;
import dev.parley.trainer.scores.HeldOutSteps;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the numbers of an update are, in words, for those who meet them as gauges; the pages {@code
 * docs/recipes/*.md} have the formulas. Several recipes give one name to like numbers.
 */
final class LearningCurves {

  /**
   * One number.
   *
   * @param name under which recipes tell it
   * @param step the step of the loop that it is about
   * @param unit what it is counted in; empty for a ratio or a number without one
   * @param meaning in words
   */
  record Curve(String name, int step, String unit, String meaning) {

    /** Returns what {@code /q/metrics} says of it. */
    String description() {
      return step + ": " + meaning + (unit.isEmpty() ? "" : " [" + unit + "]");
    }
  }

  private static final Map<String, Curve> ALL = all();

  private LearningCurves() {}

  /** Returns what is known of a number. */
  static Optional<Curve> find(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  /** Returns every number, in the order of the loop. */
  static List<Curve> list() {
    return List.copyOf(ALL.values());
  }

  private static Map<String, Curve> all() {
    List<Curve> heldOutToo = preferences();
    return Stream.of(
            answers().stream(),
            objective().stream(),
            policyGradient().stream(),
            critic().stream(),
            offline().stream(),
            heldOutToo.stream(),
            heldOutToo.stream().map(LearningCurves::heldOut),
            heldOut().stream(),
            steps().stream(),
            timings().stream())
        .flatMap(curves -> curves)
        .collect(
            Collectors.toMap(Curve::name, curve -> curve, (one, other) -> one, LinkedHashMap::new));
  }

  private static Curve heldOut(Curve curve) {
    return new Curve(
        Objective.HELD_OUT + curve.name(),
        curve.step(),
        curve.unit(),
        curve.meaning() + ", over the held-out rows");
  }

  private static Curve of(String name, int step, String unit, String meaning) {
    return new Curve(name, step, unit, meaning);
  }

  /** 5: what came. */
  private static List<Curve> answers() {
    return List.of(
        of(OnPolicyMetrics.SAMPLES, 5, "answers", "answers learnt from"),
        of(OnPolicyMetrics.KEPT_OUT, 5, "answers", "answers that could not be learnt from"),
        of(
            OnPolicyMetrics.ASKED_AGAIN,
            5,
            "prompts",
            "prompts asked once more, because too few answers could be learnt from"),
        of(
            OnPolicyMetrics.DUPLICATES,
            5,
            "rollouts",
            "rollouts that came a second time, since the process began"),
        of(
            OnPolicyMetrics.STALENESS,
            5,
            "versions",
            "versions by which the answers are older than the weights that learn from them"),
        of(OnPolicyMetrics.EPISODE, 5, "answers", "answers learnt from since the run began"),
        of(OnPolicyMetrics.RESPONSE_LENGTH, 5, "tokens", "mean length of an answer"),
        of(OnPolicyMetrics.RESPONSE_LENGTH_LEAST, 5, "tokens", "length of the shortest answer"),
        of(OnPolicyMetrics.RESPONSE_LENGTH_GREATEST, 5, "tokens", "length of the longest answer"),
        of(
            OnPolicyMetrics.RESPONSE_CUT_OFF,
            5,
            "",
            "share of the answers that did not end by themselves"),
        of(OnPolicyMetrics.ENDED, 5, "answers", "answers that ended by themselves"),
        of(OnPolicyMetrics.REFUSALS, 5, "", "share of the answers that begin like a refusal"),
        of(OnPolicyMetrics.PROMPT_LENGTH, 5, "tokens", "mean length of a prompt"),
        of(
            DynamicSamplingMetrics.PASS_RATE,
            5,
            "",
            "share of the prompts asked whose answers differ in score"),
        of(
            DynamicSamplingMetrics.DROPPED,
            5,
            "groups",
            "groups dropped because their answers all have the same score"),
        of(OnlineDpoMetrics.PAIRS, 5, "pairs", "pairs learnt from"),
        of(
            OnlineDpoMetrics.TIED,
            5,
            "prompts",
            "prompts whose answers make no pair: their rewards are too close"),
        of(
            OnPolicyMetrics.LOG_PROB_GAP,
            5,
            "nats",
            "median difference of trainer's and policy's log-probabilities of a token"),
        of(OnPolicyMetrics.LOG_PROB_GAP_GREATEST, 5, "nats", "greatest difference of the same"),
        of(
            OnPolicyMetrics.PROBABILITY_ERROR,
            5,
            "",
            "mean exp |difference| of the same: 1 if both agree"),
        of(
            OnPolicyMetrics.OLD_LOG_PROBS_REUSED,
            5,
            "",
            "1 if the old log-probabilities were taken from the rollouts, 0 if computed again"));
  }

  /** 6: what is maximised. */
  private static List<Curve> objective() {
    return List.of(
        of(OnPolicyMetrics.SCORES, 6, "score", "mean score, as the reward service gave it"),
        of(OnPolicyMetrics.SCORES_DEVIATION, 6, "score", "standard deviation of the scores"),
        of(OnPolicyMetrics.SCORES_CLIPPED, 6, "", "share of the answers whose score was clipped"),
        of(OnPolicyMetrics.KL, 6, "nats", "KL to the reference, per answer"),
        of(OnPolicyMetrics.KL_COEFFICIENT, 6, "", "coefficient of the KL"),
        of(
            OnPolicyMetrics.NON_SCORE_REWARD,
            6,
            "score",
            "what the KL takes from the reward, negative"),
        of(OnPolicyMetrics.RLHF_REWARD, 6, "score", "score and KL together: what is maximised"),
        of(OnPolicyMetrics.ANSWER_ENTROPY, 6, "nats", "minus log-probability of a whole answer"),
        of(
            OnPolicyMetrics.OVERLONG_PENALTY,
            6,
            "score",
            "what answers lost for their length, mean"),
        of(
            GroupMetrics.SPREAD,
            6,
            "score",
            "mean over groups of the standard deviation of their scores"),
        of(
            GroupMetrics.WITHOUT_SPREAD,
            6,
            "",
            "share of the groups whose answers all have the same score"),
        of(OnlineDpoMetrics.SCORE_MARGIN, 6, "score", "mean difference of the rewards of a pair"),
        of(RejectionMetrics.BEST, 6, "score", "mean score of the best answer to each prompt"),
        of(RejectionMetrics.KEPT, 6, "answers", "best answers learnt from"),
        of(
            RejectionMetrics.KL_BOUND,
            6,
            "nats",
            "the most KL that the best of n answers adds, per answer"));
  }

  /** 6: the policy's steps. */
  private static List<Curve> policyGradient() {
    return List.of(
        of(PpoMetrics.POLICY_LOSS, 6, "", "the policy's loss"),
        of(PpoMetrics.KL_LOSS, 6, "nats", "KL to the reference as a term of the loss, per token"),
        of(PpoMetrics.PTX_LOSS, 6, "nats", "loss of the pre-training mix, per token"),
        of(PpoMetrics.POLICY_CLIP_FRACTION, 6, "", "share of the tokens whose ratio was clipped"),
        of(
            PpoMetrics.POLICY_DUAL_CLIP_FRACTION,
            6,
            "",
            "share of the tokens bounded by the dual clip"),
        of(ClipMetrics.EITHER, 6, "", "share clipped at either end"),
        of(ClipMetrics.LOW, 6, "", "share clipped from below"),
        of(ClipMetrics.HIGH, 6, "", "share clipped from above"),
        of(
            RatioMetrics.APPROXIMATE_KL,
            6,
            "nats",
            "distance of a step to the policy at the beginning of the update"),
        of(PpoMetrics.POLICY_KL, 6, "nats", "the k1 estimate of the same"),
        of(RatioMetrics.ENTROPY, 6, "nats", "mean entropy of the next token's distribution"),
        of(RatioMetrics.RATIO, 6, "", "mean ratio to the policy at the beginning of the update"),
        of(RatioMetrics.RATIO_LEAST, 6, "", "least ratio"),
        of(RatioMetrics.RATIO_GREATEST, 6, "", "greatest ratio"),
        of(PpoMetrics.RATIO_VARIANCE, 6, "", "variance of the ratio about 1"),
        of(RatioMetrics.STOPPED_EARLY, 6, "", "1 if a bound on the KL ended the passes, else 0"),
        of(RatioMetrics.IMPORTANCE, 6, "", "mean importance weight, after truncation"),
        of(
            RatioMetrics.IMPORTANCE_SAMPLE_SIZE,
            6,
            "",
            "effective share of the samples under these weights"),
        of(
            RatioMetrics.IMPORTANCE_TRUNCATED,
            6,
            "",
            "share of the tokens whose weight was truncated"),
        of(OnPolicyMetrics.LEARNING_RATE, 6, "", "learning rate of the policy's newest step"),
        of(OnPolicyMetrics.GRADIENT_NORM, 6, "", "norm of the policy's gradient, before clipping"),
        of(OnPolicyMetrics.OPTIMIZER_STEPS, 6, "steps", "optimizer steps of the update"));
  }

  /** 6: the value function. */
  private static List<Curve> critic() {
    return List.of(
        of(CriticMetrics.LOSS, 6, "", "the value function's loss"),
        of(
            CriticMetrics.EXPLAINED_VARIANCE,
            6,
            "",
            "share of the returns' variance that the values explain: 1 is perfect, 0 a constant"),
        of(CriticMetrics.VALUES, 6, "score", "mean value"),
        of(CriticMetrics.RETURNS, 6, "score", "mean return"),
        of(CriticMetrics.ERROR, 6, "", "mean squared error of the values"),
        of(
            CriticMetrics.CLIP_FRACTION,
            6,
            "",
            "share of the tokens whose value's error was clipped"),
        of(CriticMetrics.LEARNING_RATE, 6, "", "learning rate of the value function's newest step"),
        of(
            CriticMetrics.GRADIENT_NORM,
            6,
            "",
            "norm of the value function's gradient, before clipping"));
  }

  /** 6: recipes over fixed data. */
  private static List<Curve> offline() {
    return List.of(
        of(RewardModelMetrics.ACCURACY, 6, "", "share of the pairs or steps judged rightly"),
        of(RewardModelMetrics.MARGIN, 6, "score", "mean reward of chosen less rejected answers"),
        of(RewardModelMetrics.MEAN_REWARD, 6, "score", "mean reward of all answers"),
        of(RewardModelMetrics.LEAST_REWARD, 6, "score", "least reward"),
        of(RewardModelMetrics.GREATEST_REWARD, 6, "score", "greatest reward"),
        of(RewardRegressionMetrics.ABSOLUTE_ERROR, 6, "score", "mean absolute error"),
        of(ProcessRewardMetrics.GOOD_SHARE, 6, "", "mean label of the steps"),
        of(
            ProcessRewardMetrics.MEAN_PROBABILITY,
            6,
            "",
            "mean probability that the model gives a step"));
  }

  /** 6: what recipes over preferences measure of learnt rows, and of held-out ones. */
  private static List<Curve> preferences() {
    return List.of(
        of(SftMetrics.LOSS, 6, "", "the loss"),
        of(GrpoMetrics.KL, 6, "nats", "KL to the reference; with KTO its reference point"),
        of(AnswerMetrics.CHOSEN_REWARD, 6, "", "mean implicit reward of the chosen answers"),
        of(AnswerMetrics.REJECTED_REWARD, 6, "", "mean implicit reward of the rejected answers"),
        of(AnswerMetrics.MARGIN, 6, "", "the former less the latter"),
        of(
            PairMetrics.ACCURACY,
            6,
            "",
            "share of the pairs whose chosen answer has the higher implicit reward"),
        of(LogProbMetrics.CHOSEN, 6, "nats", "mean log-probability of the chosen answers"),
        of(LogProbMetrics.REJECTED, 6, "nats", "mean log-probability of the rejected answers"),
        of(KtoMetrics.CHOSEN_COUNT, 6, "answers", "desirable answers"),
        of(KtoMetrics.REJECTED_COUNT, 6, "answers", "undesirable answers"),
        of(
            ImitationMetrics.NLL_LOSS,
            6,
            "nats",
            "mean negative log-probability of the chosen answers' tokens"),
        of(OrpoMetrics.LOG_ODDS_RATIO, 6, "nats", "mean log sigmoid of the log odds"),
        of(OrpoMetrics.LOG_ODDS_CHOSEN, 6, "nats", "mean log odds"),
        of(AwrMetrics.SCORE, 6, "", "mean score of the logged answers"),
        of(AwrMetrics.WEIGHT, 6, "", "their mean weight"),
        of(AwrMetrics.CLIPPED, 6, "", "share of them whose weight was cut"),
        of(AwrMetrics.EFFECTIVE, 6, "", "share of them that the weights leave to count"));
  }

  /** 6: what is measured on held-out rows only. */
  private static List<Curve> heldOut() {
    return List.of(
        of(HeldOutScores.ACCURACY, 6, "", "share of the held-out pairs or steps judged rightly"),
        of(HeldOutScores.ACCURACY_LOWER, 6, "", "lower bound of the 95% interval of the same"),
        of(HeldOutScores.ACCURACY_UPPER, 6, "", "upper bound of the 95% interval of the same"),
        of(
            HeldOutRatings.R2,
            6,
            "",
            "share of the variance of the held-out scores that the model explains"),
        of(
            HeldOutRatings.CORRELATION,
            6,
            "",
            "rank correlation of the held-out scores with the model's"),
        of(
            HeldOutSteps.AUC,
            6,
            "",
            "probability that a right held-out step scores above a wrong one"),
        of(HeldOutSteps.GOOD_SHARE, 6, "", "mean label of the held-out steps"));
  }

  /** 6: optimizer steps of the recipes over fixed data, and of all. */
  private static List<Curve> steps() {
    return List.of(
        of(StepMetrics.LEARNING_RATE, 6, "", "learning rate of the step"),
        of(StepMetrics.GRADIENT_NORM, 6, "", "norm of the gradient, before clipping"),
        of(StepMetrics.EPOCH, 6, "passes", "passes over the data so far"),
        of(
            StepMetrics.SKIPPED_STEPS,
            6,
            "steps",
            "steps of the run whose gradient was not finite: the weights stayed as they were"),
        of(
            StepMetrics.MEMORY_SPLITS,
            6,
            "micro-batches",
            "micro-batches split for want of memory, since the process began"),
        of(StepMetrics.TOKENS_PER_SECOND, 6, "tokens/s", "tokens of the batch by the time of it"),
        of(StepMetrics.TOKENS, 6, "tokens", "tokens read since the run began, prompts included"));
  }

  private static List<Curve> timings() {
    List<Curve> curves = new ArrayList<>();
    TrainerMetrics.PHASES.forEach(
        (phase, meaning) ->
            curves.add(
                of(
                    TrainerMetrics.TIMING + phase,
                    TrainerMetrics.stepOf(phase),
                    "seconds",
                    meaning + ", in the newest update")));
    return curves;
  }
}
