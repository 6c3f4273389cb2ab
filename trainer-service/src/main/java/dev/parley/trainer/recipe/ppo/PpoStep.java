package dev.parley.trainer.recipe.ppo;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.answers.Evaluation;
import dev.parley.trainer.answers.PerToken;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.loss.GlobalCounts;
import dev.parley.trainer.loss.KlTerm;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.sft.SftWork;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One optimizer step of PPO over a minibatch, in micro-batches. Losses are divided by the counts of
 * the whole minibatch, so the split changes nothing.
 */
final class PpoStep {

  private final ActorCritic models;
  private final Accumulation accumulation;
  private final PpoConfig config;
  private final PpoLoss.Clip clip;

  PpoStep(ActorCritic models, Accumulation accumulation, PpoConfig config) {
    this.models = models;
    this.accumulation = accumulation;
    this.config = config;
    double dual = config.ppo().dualClip() == 0 ? Double.POSITIVE_INFINITY : config.ppo().dualClip();
    this.clip = new PpoLoss.Clip(config.ppo().clipLow(), config.ppo().clipHigh(), dual);
  }

  /**
   * What a step did.
   *
   * @param metrics figures of the minibatch
   * @param policy what the policy's learner did; empty while only the value function learns
   * @param value what the value function's learner did; the same learner if they share a trunk
   */
  record Outcome(Metrics metrics, Optional<Learner.Step> policy, Learner.Step value) {}

  /**
   * Takes a step.
   *
   * @param experience the update's samples
   * @param minibatch which of them
   * @param evaluation may hold passes over all of them at the present weights, which are used up
   * @param importance weight of every token, {@code [B][T]}; null where there is nothing to correct
   * @param beta the KL coefficient in force
   * @param ptx demonstrations of the pre-training mix; empty without one
   * @param warmUp whether only the value function learns
   */
  Outcome take(
      Experience experience,
      List<Integer> minibatch,
      Evaluation evaluation,
      float[][] importance,
      double beta,
      List<LearningSequence> ptx,
      boolean warmUp) {
    List<Work<Metrics>> works = new ArrayList<>();
    works.add(new Minibatch(experience, minibatch, evaluation, importance, beta, warmUp));
    if (!ptx.isEmpty() && !warmUp) {
      // The demonstrations' loss, added to the policy's gradient (Ouyang et al. 2022, eq. 2).
      works.add(SftWork.of(models.actor(), ptx, config.ptx().coefficient(), PpoMetrics.PTX_LOSS));
    }
    List<Learner> learners =
        warmUp || models.shared()
            ? List.of(models.critic())
            : List.of(models.critic(), models.actor());
    Metrics metrics = Metrics.sum(accumulation.learn(learners, works));
    Learner.Step value = models.critic().step();
    if (warmUp) {
      return new Outcome(metrics, Optional.empty(), value);
    }
    Learner.Step policy = models.shared() ? value : models.actor().step();
    return new Outcome(metrics, Optional.of(policy), value);
  }

  /** The samples that a step learns from. */
  private final class Minibatch implements Work<Metrics> {

    private final Experience experience;
    private final List<Integer> samples;
    private final List<LearningSequence> sequences;
    private final Evaluation evaluation;
    private final float[][] importance;
    private final double beta;
    private final boolean warmUp;
    private final GlobalCounts counts;

    Minibatch(
        Experience experience,
        List<Integer> samples,
        Evaluation evaluation,
        float[][] importance,
        double beta,
        boolean warmUp) {
      this.experience = experience;
      // In the order in which they were evaluated, so that its open passes are found again.
      this.samples = samples.stream().sorted().toList();
      this.sequences =
          this.samples.stream().map(b -> experience.samples().get(b).sequence()).toList();
      this.evaluation = evaluation;
      this.importance = importance;
      this.beta = beta;
      this.warmUp = warmUp;
      long tokens = sequences.stream().mapToLong(LearningSequence::count).sum();
      this.counts = new GlobalCounts(tokens, samples.size(), config.sampling().maxNewTokens());
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
      List<Integer> chosen = rows.stream().map(samples::get).toList();
      Optional<Evaluation.Open> open = evaluation.take(chosen);
      if (open.isPresent()) {
        try (Evaluation.Open here = open.get()) {
          return backward(chosen, here.packed(), here::actor, here::critic, worker);
        }
      }
      PackedBatch packed = PackedBatch.of(rows.stream().map(sequences::get).toList());
      float[] temperatures =
          PerToken.temperatures(chosen.stream().map(experience.samples()::get).toList());
      return backward(
          chosen,
          packed,
          () -> models.actor().forward(packed, temperatures),
          () -> models.critic().forward(packed, new float[0]),
          worker);
    }

    /** Goes back through the critic's pass and then the policy's, each closed when it is done. */
    private Metrics backward(
        List<Integer> chosen,
        PackedBatch packed,
        Supplier<ForwardPass> actor,
        Supplier<ForwardPass> critic,
        int worker) {
      PackedRows rows = PackedRows.ofLengths(packed.rowCounts());
      float[] weights = config.ppo().aggregation().weights(rows, counts);
      Metrics metrics = Metrics.sum(List.of());
      if (!models.shared()) {
        try (ForwardPass pass = critic.get()) {
          LossTerm value = value(pass, chosen, weights);
          models.critic().backward(worker, pass, value.loss());
          metrics = value.metrics();
        }
        if (warmUp) {
          return metrics;
        }
      }
      float[] policyWeights = weights.clone();
      if (importance != null) {
        float[] corrections = PerToken.flatten(importance, chosen);
        for (int i = 0; i < policyWeights.length; i++) {
          policyWeights[i] *= corrections[i];
        }
      }
      try (ForwardPass pass = actor.get()) {
        if (!models.shared()) {
          LossTerm policy = policy(pass, chosen, policyWeights);
          models.actor().backward(worker, pass, policy.loss());
          return metrics.plus(policy.metrics());
        }
        LossTerm value = value(pass, chosen, weights);
        if (warmUp) {
          models.actor().backwardHeads(worker, pass, value.loss());
          return value.metrics();
        }
        LossTerm both =
            policy(pass, chosen, policyWeights).plus(config.value().coefficient(), value);
        models.actor().backward(worker, pass, both.loss());
        return both.metrics();
      }
    }

    private LossTerm policy(ForwardPass pass, List<Integer> chosen, float[] weights) {
      NDManager scope = pass.scope();
      NDArray w = scope.create(weights);
      LossTerm loss =
          PpoLoss.policy(
                  pass.logProbs(),
                  scope.create(PerToken.flatten(experience.logProbs(), chosen)),
                  scope.create(PerToken.flatten(experience.advantages(), chosen)),
                  w,
                  counts.tokens(),
                  clip)
              .term()
              .plus(
                  config.ppo().entropyCoefficient(),
                  PpoLoss.entropy(pass.entropies(), w, counts.tokens()));
      if (config.kl().place() == PpoConfig.KlPenalty.Place.LOSS && beta > 0) {
        LossTerm kl =
            new KlTerm(config.kl().estimator(), config.kl().straightThrough())
                .of(
                    pass.logProbs(),
                    scope.create(PerToken.flatten(experience.referenceLogProbs(), chosen)),
                    w,
                    counts.tokens(),
                    PpoMetrics.KL_LOSS);
        loss = loss.plus(beta, kl);
      }
      return loss;
    }

    private LossTerm value(ForwardPass pass, List<Integer> chosen, float[] weights) {
      NDManager scope = pass.scope();
      double bound = config.value().clip() == 0 ? Double.POSITIVE_INFINITY : config.value().clip();
      return PpoLoss.value(
          pass.scalars(),
          scope.create(PerToken.flatten(experience.values(), chosen)),
          scope.create(PerToken.flatten(experience.returns(), chosen)),
          scope.create(weights),
          counts.tokens(),
          bound);
    }
  }
}
