package dev.parley.trainer.answers;

import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.PositionScores;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.onpolicy.OnPolicyConfig;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Scoring;
import dev.parley.trainer.optimization.Work;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Log-probabilities, and values where there is a critic, of an update's samples under the weights
 * at its beginning.
 *
 * <p>If the first optimizer step takes all samples at once, it begins at these very weights: the
 * passes then stay open, and that step goes back through them instead of running forward again.
 * Otherwise the log-probabilities may be taken from the rollouts: see {@code old-log-probs}. Safe
 * for use by several workers.
 */
public final class Evaluation implements Work<Void>, AutoCloseable {

  /** Answers on which trainer and policy service are compared, about. */
  private static final int COMPARED = 4;

  private final List<Sample> samples;
  private final List<LearningSequence> sequences;
  private final int longestAnswer;
  private final Learner policy;
  private final Optional<Learner> critic;
  private final float[][] computedLogProbs;
  private final float[][] values;
  private final Optional<float[][]> referenceLogProbs;
  private final Map<List<Integer>, Open> open = new HashMap<>();
  private Optional<String> remark = Optional.empty();
  private boolean reused;
  private boolean keep;

  /**
   * Passes over some samples that can still be gone back through.
   *
   * @param packed their tokens
   * @param actor the policy's pass
   * @param critic the critic's pass; the policy's if they share a trunk or there is no critic
   */
  record Open(PackedBatch packed, ForwardPass actor, ForwardPass critic) implements AutoCloseable {
    @Override
    public void close() {
      if (critic != actor) {
        critic.close();
      }
      actor.close();
    }
  }

  private Evaluation(
      List<Sample> samples, Learner policy, Optional<Learner> critic, OnPolicySettings settings) {
    this.samples = samples;
    this.sequences = samples.stream().map(Sample::sequence).toList();
    this.longestAnswer = settings.config().sampling().maxNewTokens();
    this.policy = policy;
    this.critic = critic;
    this.computedLogProbs = new float[samples.size()][];
    this.values = new float[samples.size()][];
    this.referenceLogProbs =
        settings.adapterOff() ? Optional.of(new float[samples.size()][]) : Optional.empty();
  }

  /**
   * Evaluates.
   *
   * @param samples the update's answers
   * @param policy the policy
   * @param critic gives values; the policy itself if they share a trunk; empty without a critic
   * @param version of the weights as they are
   * @param learning whether all models learn; if not, no pass stays open
   * @param accumulation runs the passes
   * @param settings of the run
   */
  public static Evaluation of(
      List<Sample> samples,
      Learner policy,
      Optional<Learner> critic,
      long version,
      boolean learning,
      Accumulation accumulation,
      OnPolicySettings settings) {
    Evaluation evaluation = new Evaluation(samples, policy, critic, settings);
    try {
      evaluation.run(version, learning, accumulation, settings.updates());
      return evaluation;
    } catch (RuntimeException e) {
      evaluation.close();
      throw e;
    }
  }

  private void run(
      long version, boolean learning, Accumulation accumulation, OnPolicyConfig.Updates updates) {
    int passes = separateCritic().isPresent() ? 2 : 1;
    long tokensKept = Arrays.stream(lengths()).asLongStream().sum() * passes;
    boolean keep = learning && updates.minibatches() == 1 && tokensKept <= accumulation.tokens();
    switch (updates.oldLogProbs()) {
      case RECOMPUTE -> {}
      case ROLLOUT -> {
        remark = obstacle(version);
        reused = remark.isEmpty();
        remark = remark.or(() -> compare(accumulation));
      }
      case AUTO -> {
        // Passes that stay open are not made again: computing is free.
        if (!keep) {
          remark = obstacle(version).or(() -> compare(accumulation));
          reused = remark.isEmpty();
        }
      }
    }
    this.keep = keep && !reused;
    accumulation.score(this);
  }

  private Optional<Learner> separateCritic() {
    return critic.filter(own -> own != policy);
  }

  /** Returns why the rollouts' log-probabilities are not those of the weights as they are. */
  private Optional<String> obstacle(long version) {
    if (samples.stream().anyMatch(s -> s.oldestVersion() != version || s.version() != version)) {
      return Optional.of("answers were made by older weights");
    }
    if (samples.stream().anyMatch(sample -> sample.policyLogProbs().length == 0)) {
      return Optional.of(
          "answers were drawn from a distribution that sampling.top-k, sampling.top-p or"
              + " sampling.min-new-tokens had cut, at a temperature other than 1");
    }
    return Optional.empty();
  }

  /** Computes log π of a few answers, and returns in which way both sides differ, if they do. */
  private Optional<String> compare(Accumulation accumulation) {
    int every = Math.max(1, samples.size() / COMPARED);
    List<Integer> few =
        IntStream.range(0, samples.size()).filter(b -> b % every == 0).boxed().toList();
    accumulation.score(
        new Scoring(
            few.stream().mapToInt(b -> sequences.get(b).tokens().length).toArray(),
            rows -> scorePolicy(rows.stream().map(few::get).toList())));
    double gap = LogProbGap.mean(samples, computedLogProbs);
    return gap <= LogProbGap.AGREEMENT
        ? Optional.empty()
        : Optional.of(
            "trainer and policy service differ by %.2g nats per token, more than %s"
                .formatted(gap, LogProbGap.AGREEMENT));
  }

  @Override
  public int[] lengths() {
    return PackedBatch.lengths(sequences);
  }

  @Override
  public Void run(List<Integer> rows, int worker) {
    referenceLogProbs.ifPresent(all -> scoreReference(rows, all));
    if (keeping()) {
      keep(rows);
    } else if (reused) {
      scoreValues(rows);
    } else {
      score(rows);
    }
    return null;
  }

  /** Returns an answer with its prompt. */
  LearningSequence sequence(int row) {
    return sequences.get(row);
  }

  /** Returns the most tokens that an answer could have had. */
  int longestAnswer() {
    return longestAnswer;
  }

  /** Puts the tokens of some answers together. */
  PackedBatch pack(List<Integer> rows) {
    return PackedBatch.of(rows.stream().map(sequences::get).toList());
  }

  private float[] temperatures(List<Integer> rows) {
    return PerToken.temperatures(rows.stream().map(samples::get).toList());
  }

  /** Runs the policy forward over some answers. */
  ForwardPass policyPass(List<Integer> rows, PackedBatch packed) {
    return policy.forward(packed, temperatures(rows));
  }

  /** Runs the critic forward. */
  ForwardPass criticPass(PackedBatch packed) {
    return critic.orElseThrow().forward(packed, new float[0]);
  }

  private void keep(List<Integer> rows) {
    PackedBatch packed = pack(rows);
    ForwardPass actorPass = policyPass(rows, packed);
    ForwardPass criticPass = actorPass;
    if (separateCritic().isPresent()) {
      try {
        criticPass = criticPass(packed);
      } catch (RuntimeException | OutOfMemoryError e) {
        actorPass.close();
        throw e;
      }
    }
    spread(rows, packed, actorPass.logProbs().toFloatArray(), computedLogProbs);
    if (critic.isPresent()) {
      spread(rows, packed, criticPass.scalars().toFloatArray(), values);
    }
    put(rows, new Open(packed, actorPass, criticPass));
  }

  private void score(List<Integer> rows) {
    if (critic.isEmpty() || separateCritic().isPresent()) {
      scorePolicy(rows);
      scoreValues(rows);
      return;
    }
    PackedBatch packed = pack(rows);
    PositionScores both =
        policy.model().scores(packed.batch(), packed.predictors(), temperatures(rows));
    spread(rows, packed, both.logProbs(), computedLogProbs);
    spread(rows, packed, both.scalars(), values);
  }

  private void scorePolicy(List<Integer> rows) {
    PackedBatch packed = pack(rows);
    float[] logProbs =
        policy.model().scores(packed.batch(), packed.predictors(), temperatures(rows)).logProbs();
    spread(rows, packed, logProbs, computedLogProbs);
  }

  /** Scores with the policy's weights as they were before the adapter. */
  private void scoreReference(List<Integer> rows, float[][] into) {
    PackedBatch packed = pack(rows);
    PositionScores without =
        policy
            .model()
            .scoresWithoutAdapter(packed.batch(), packed.predictors(), temperatures(rows));
    spread(rows, packed, without.logProbs(), into);
  }

  private void scoreValues(List<Integer> rows) {
    if (critic.isPresent()) {
      PackedBatch packed = pack(rows);
      float[] scalars = critic.get().model().scalars(packed.batch(), packed.predictors());
      spread(rows, packed, scalars, values);
    }
  }

  /** Gives each sample its stretch of what was computed for all. */
  private static void spread(List<Integer> rows, PackedBatch packed, float[] flat, float[][] into) {
    int from = 0;
    for (int i = 0; i < rows.size(); i++) {
      int to = from + packed.rowCounts()[i];
      into[rows.get(i)] = Arrays.copyOfRange(flat, from, to);
      from = to;
    }
  }

  /** Returns log π_old {@code [B][T]}. */
  public float[][] logProbs() {
    return reused
        ? samples.stream()
            .map(sample -> sample.atActions(sample.policyLogProbs()))
            .toArray(float[][]::new)
        : computedLogProbs;
  }

  /** Returns log π_old as the trainer computed it {@code [B][T]}; null where it did not. */
  public float[][] computedLogProbs() {
    return computedLogProbs;
  }

  /** Returns why the rollouts' log-probabilities were not taken or should not be, if that is so. */
  public Optional<String> remark() {
    return remark;
  }

  /** Returns V_old {@code [B][T]}; null where there is no critic. */
  public float[][] values() {
    return values;
  }

  /**
   * Returns log π_ref {@code [B][T]}: the trainer's own if it is its own reference, else that of
   * the rollouts; of answers that have none log π_old, so that their KL is 0.
   */
  public float[][] referenceLogProbs() {
    if (referenceLogProbs.isPresent()) {
      return referenceLogProbs.get();
    }
    float[][] reference = new float[samples.size()][];
    for (int b = 0; b < reference.length; b++) {
      Sample sample = samples.get(b);
      reference[b] =
          sample.referenceLogProbs().length > 0
              ? sample.atActions(sample.referenceLogProbs())
              : logProbs()[b].clone();
    }
    return reference;
  }

  /** Returns log μ as the policy service drew {@code [B][T]}. */
  public float[][] samplingLogProbs() {
    return samples.stream()
        .map(sample -> sample.atActions(sample.samplingLogProbs()))
        .toArray(float[][]::new);
  }

  private synchronized boolean keeping() {
    return keep;
  }

  private synchronized void put(List<Integer> rows, Open passes) {
    if (keep) {
      open.put(rows, passes);
    } else {
      passes.close();
    }
  }

  /** Hands over the open passes of exactly these samples, once: the caller closes them. */
  synchronized Optional<Open> take(List<Integer> rows) {
    return Optional.ofNullable(open.remove(rows));
  }

  /** Closes what is open; from now on nothing is kept. */
  @Override
  public synchronized void release() {
    keep = false;
    open.values().forEach(Open::close);
    open.clear();
  }

  @Override
  public void close() {
    release();
  }
}
