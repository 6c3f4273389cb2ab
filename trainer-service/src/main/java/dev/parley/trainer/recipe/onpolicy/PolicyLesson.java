package dev.parley.trainer.recipe.onpolicy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.ModelDirectory;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.LearnerCheckpoint;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.UpdateTimer;
import dev.parley.trainer.recipe.loss.GlobalCounts;
import dev.parley.trainer.recipe.loss.LossTerm;
import dev.parley.trainer.recipe.loss.Metrics;
import dev.parley.trainer.recipe.loss.PackedRows;
import dev.parley.trainer.rl.ImportanceCorrection;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a recipe without a critic makes of an update's answers. Losses are divided by the counts of
 * the whole minibatch, so how it is split into micro-batches changes nothing.
 */
final class PolicyLesson implements Lesson {

  /** The policy's name in a checkpoint. */
  static final String POLICY = "policy";

  private static final double LOG_RATIO_BOUND = 20;

  private final OnPolicySettings settings;
  private final OnPolicyConfig.Steps steps;
  private final RewardShaping shaping;
  private final PolicyMethod method;
  private final RunContext context;
  private final Learner learner;
  private final ModelDirectory origin;
  private final Accumulation accumulation;
  private final OffPolicy offPolicy;

  PolicyLesson(
      OnPolicySettings settings,
      OnPolicyConfig.Steps steps,
      RewardShaping shaping,
      PolicyMethod method,
      RunContext context,
      Learner learner,
      ModelDirectory origin,
      Accumulation accumulation) {
    this.settings = settings;
    this.steps = steps;
    this.shaping = shaping;
    this.method = method;
    this.context = context;
    this.learner = learner;
    this.origin = origin;
    this.accumulation = accumulation;
    this.offPolicy = new OffPolicy(settings, context);
  }

  @Override
  public Learner policy() {
    return learner;
  }

  @Override
  public ModelDirectory origin() {
    return origin;
  }

  @Override
  public long skippedSteps() {
    return learner.state().skipped();
  }

  @Override
  public Map<String, Double> learn(long update, List<Sample> samples, UpdateTimer timer) {
    // 4 log-probabilities under the weights as they are
    try (Evaluation evaluation =
        Evaluation.of(
            samples, learner, Optional.empty(), update - 1, true, accumulation, settings)) {
      offPolicy.tell(update, evaluation);
      AnswerReport report =
          new AnswerReport(samples, evaluation, settings.klCoefficient(), method.klInReward());
      // 5 rewards
      int[] groups = groups(samples);
      float[] rewards = shaping.rewards(samples);
      shaping.tell(samples, report);
      spread(samples, groups, report);
      // 6 advantages
      float[][] logProbs = evaluation.logProbs();
      float[][] reference = evaluation.referenceLogProbs();
      float[][] advantages =
          method.advantages(
              new PolicyMethod.Answers(
                  samples, groups, rewards, logProbs, reference, PerToken.mask(logProbs)));
      Optional<ImportanceCorrection.Weights> importance =
          offPolicy.weights(update, samples, evaluation, method.corrected());
      importance.ifPresent(report::importance);
      timer.lap("make_experience");
      // 7 learn
      Known known =
          new Known(
              logProbs,
              reference,
              advantages,
              importance.map(ImportanceCorrection.Weights::weights));
      learn(update, samples, known, evaluation, report);
      timer.lap("train");
      return report.metrics();
    }
  }

  /** Numbers the prompts. */
  private static int[] groups(List<Sample> samples) {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    samples.forEach(sample -> numbers.putIfAbsent(sample.promptId(), numbers.size()));
    return samples.stream().mapToInt(sample -> numbers.get(sample.promptId())).toArray();
  }

  private static void spread(List<Sample> samples, int[] groups, AnswerReport report) {
    int count = Arrays.stream(groups).max().orElse(-1) + 1;
    double deviations = 0;
    int without = 0;
    for (int group = 0; group < count; group++) {
      int own = group;
      double[] scores =
          IntStream.range(0, groups.length)
              .filter(i -> groups[i] == own)
              .mapToDouble(i -> samples.get(i).score())
              .toArray();
      double mean = Arrays.stream(scores).average().orElseThrow();
      double squares = Arrays.stream(scores).map(score -> (score - mean) * (score - mean)).sum();
      deviations += Math.sqrt(squares / Math.max(1, scores.length - 1));
      without += Arrays.stream(scores).distinct().count() < 2 ? 1 : 0;
    }
    report.put(PolicyMetrics.SPREAD, deviations / count);
    report.put(PolicyMetrics.WITHOUT_SPREAD, (double) without / count);
  }

  /** What is known of every token before the first step, {@code [B][T]}. */
  private record Known(
      float[][] logProbs,
      float[][] reference,
      float[][] advantages,
      Optional<float[][]> importance) {

    float[] corrections(List<Integer> chosen) {
      if (importance.isPresent()) {
        return PerToken.flatten(importance.get(), chosen);
      }
      float[] ones = new float[chosen.stream().mapToInt(b -> logProbs[b].length).sum()];
      Arrays.fill(ones, 1);
      return ones;
    }
  }

  private void learn(
      long update, List<Sample> samples, Known known, Evaluation evaluation, AnswerReport report) {
    List<Integer> learnt = shaping.learnt(samples);
    int rows = learnt.size();
    int minibatches = Math.min(steps.minibatches(), rows);
    long seed = settings.config().run().seed() * 31 + update * 1_000;
    report.put(PolicyMetrics.OPTIMIZER_STEPS, 0);
    for (int epoch = 0; epoch < steps.epochs() && rows > 0; epoch++) {
      EpochOrder order = new EpochOrder(rows, seed + epoch);
      for (int m = 0; m < minibatches; m++) {
        int from = rows * m / minibatches;
        int to = rows * (m + 1) / minibatches;
        List<Integer> chosen =
            order.rows(from, to - from).stream().map(learnt::get).sorted().toList();
        Minibatch minibatch = new Minibatch(samples, chosen, known, evaluation);
        Metrics figures = Metrics.sum(accumulation.learn(List.of(learner), List.of(minibatch)));
        Learner.Step step = learner.step();
        context.warnOfSkipped(step, update);
        report.step(figures, Optional.of(step));
        report.put(PolicyMetrics.OPTIMIZER_STEPS, report.steps());
        if (steps.targetKl() > 0 && report.lastApproximateKl() > steps.targetKl()) {
          report.stoppedEarly();
          return;
        }
      }
    }
  }

  /** The answers that a step learns from. */
  private final class Minibatch implements Work<Metrics> {

    private final List<Sample> samples;
    private final List<Integer> chosen;
    private final Known known;
    private final Evaluation evaluation;
    private final List<LearningSequence> sequences;
    private final GlobalCounts counts;

    Minibatch(List<Sample> samples, List<Integer> chosen, Known known, Evaluation evaluation) {
      this.samples = samples;
      // In the order in which they were evaluated, so that its open passes are found again.
      this.chosen = chosen;
      this.known = known;
      this.evaluation = evaluation;
      this.sequences = chosen.stream().map(b -> samples.get(b).sequence()).toList();
      long tokens = sequences.stream().mapToLong(LearningSequence::count).sum();
      this.counts =
          new GlobalCounts(tokens, chosen.size(), settings.config().sampling().maxNewTokens());
    }

    @Override
    public int[] lengths() {
      return PackedBatch.lengths(sequences);
    }

    @Override
    public void release() {
      evaluation.release();
    }

    @Override
    public Metrics run(List<Integer> rows, int worker) {
      List<Integer> own = rows.stream().map(chosen::get).toList();
      Optional<Evaluation.Open> open = evaluation.take(own);
      if (open.isPresent()) {
        try (Evaluation.Open here = open.get()) {
          return backward(own, here.packed(), here.actor(), worker);
        }
      }
      PackedBatch packed = PackedBatch.of(rows.stream().map(sequences::get).toList());
      List<Sample> answers = own.stream().map(samples::get).toList();
      try (ForwardPass pass = learner.forward(packed, PerToken.temperatures(answers))) {
        return backward(own, packed, pass, worker);
      }
    }

    private Metrics backward(List<Integer> own, PackedBatch packed, ForwardPass pass, int worker) {
      NDManager scope = pass.scope();
      NDArray old = scope.create(PerToken.flatten(known.logProbs(), own));
      LossTerm loss =
          method.loss(
              new PolicyMethod.Packed(
                  pass.logProbs(),
                  old,
                  scope.create(PerToken.flatten(known.reference(), own)),
                  scope.create(PerToken.flatten(known.advantages(), own)),
                  known.corrections(own),
                  PackedRows.ofLengths(packed.rowCounts()),
                  counts));
      NDArray entropy = pass.entropies().sum().div((float) counts.tokens());
      NDArray bonus = entropy.neg();
      Metrics figures = ratios(pass.logProbs().stopGradient().sub(old), entropy.stopGradient());
      LossTerm whole = loss.plus(steps.entropyCoefficient(), new LossTerm(bonus, figures));
      learner.backward(worker, pass, whole.loss());
      return whole.metrics();
    }

    private Metrics ratios(NDArray logRatio, NDArray entropy) {
      NDArray bounded = logRatio.clip(-LOG_RATIO_BOUND, LOG_RATIO_BOUND);
      NDArray ratio = bounded.exp();
      float tokens = counts.tokens();
      return Metrics.read()
          .sum(OnPolicyMetrics.ENTROPY, entropy)
          .sum(OnPolicyMetrics.APPROXIMATE_KL, bounded.square().sum().div(2 * tokens))
          .sum(OnPolicyMetrics.RATIO, ratio.sum().div(tokens))
          .least(OnPolicyMetrics.RATIO_LEAST, ratio.min())
          .greatest(OnPolicyMetrics.RATIO_GREATEST, ratio.max())
          .now();
    }
  }

  @Override
  public void save(CheckpointStore.Writer writer, Standing standing) throws IOException {
    LearnerCheckpoint.add(writer, POLICY, learner, origin);
    writer.state(PolicyState.of(standing, learner.state()));
  }
}
