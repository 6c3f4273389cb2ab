package dev.parley.trainer.recipe.ppo;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.loss.GlobalCounts;
import dev.parley.trainer.recipe.loss.KlTerm;
import dev.parley.trainer.recipe.loss.LossTerm;
import dev.parley.trainer.recipe.loss.Metrics;
import dev.parley.trainer.recipe.loss.PackedRows;
import dev.parley.trainer.recipe.sft.SftLoss;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One optimizer step of PPO over a minibatch, micro-batch by micro-batch. Losses are divided by the
 * counts of the whole minibatch, so the split changes nothing.
 */
final class PpoStep {

  private final ActorCritic models;
  private final PpoConfig config;
  private final PpoLoss.Clip clip;

  PpoStep(ActorCritic models, PpoConfig config) {
    this.models = models;
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
   * @param open passes over all of them at the present weights, which the step uses up and closes;
   *     empty to run forward
   * @param importance weight of every token, {@code [B][T]}; null where rollouts are on-policy
   * @param beta the KL coefficient in force
   * @param ptx demonstrations of the pre-training mix; empty without one
   * @param warmUp whether only the value function learns
   */
  Outcome take(
      Experience experience,
      List<Integer> minibatch,
      Optional<Evaluation.Open> open,
      float[][] importance,
      double beta,
      List<LearningSequence> ptx,
      boolean warmUp) {
    List<LearningSequence> sequences =
        minibatch.stream().map(b -> experience.samples().get(b).sequence()).toList();
    int longest = config.sampling().maxNewTokens();
    long tokens = sequences.stream().mapToLong(LearningSequence::count).sum();
    GlobalCounts counts = new GlobalCounts(tokens, minibatch.size(), longest);
    Metrics metrics = null;
    if (open.isPresent()) {
      Evaluation.Open here = open.get();
      Part part = new Part(here.rows(), here.packed(), here::actor, here::critic);
      metrics = backward(experience, part, counts, importance, beta, warmUp);
    } else {
      int[] lengths = sequences.stream().mapToInt(s -> s.tokens().length).toArray();
      for (List<Integer> rows : PackedBatch.split(lengths, config.engine().microBatchTokens())) {
        List<Integer> chosen = rows.stream().map(minibatch::get).toList();
        PackedBatch packed = PackedBatch.of(rows.stream().map(sequences::get).toList());
        Part part = part(experience, chosen, packed);
        Metrics more = backward(experience, part, counts, importance, beta, warmUp);
        metrics = metrics == null ? more : metrics.plus(more);
      }
    }
    if (!ptx.isEmpty() && !warmUp) {
      metrics = metrics.plus(ptx(ptx));
    }
    Learner.Step value = models.critic().step();
    if (warmUp) {
      return new Outcome(metrics, Optional.empty(), value);
    }
    Learner.Step policy = models.shared() ? value : models.actor().step();
    return new Outcome(metrics, Optional.of(policy), value);
  }

  /**
   * A part of the minibatch that is worked on at once.
   *
   * @param chosen which samples
   * @param packed their tokens
   * @param actor runs the policy over them, or has done so; the caller closes the pass
   * @param critic likewise the critic
   */
  private record Part(
      List<Integer> chosen,
      PackedBatch packed,
      Supplier<ForwardPass> actor,
      Supplier<ForwardPass> critic) {}

  private Part part(Experience experience, List<Integer> chosen, PackedBatch packed) {
    float[] temperatures =
        Experience.temperatures(chosen.stream().map(experience.samples()::get).toList());
    return new Part(
        chosen,
        packed,
        () -> models.actor().forward(packed, temperatures),
        () -> models.critic().forward(packed, new float[0]));
  }

  private Metrics backward(
      Experience experience,
      Part part,
      GlobalCounts counts,
      float[][] importance,
      double beta,
      boolean warmUp) {
    List<Integer> chosen = part.chosen();
    PackedRows rows = PackedRows.ofLengths(part.packed().rowCounts());
    float[] weights = config.ppo().aggregation().weights(rows, counts);
    float[] policyWeights = weights.clone();
    if (importance != null) {
      float[] corrections = Experience.flatten(importance, chosen);
      for (int i = 0; i < policyWeights.length; i++) {
        policyWeights[i] *= corrections[i];
      }
    }
    Metrics metrics = null;
    if (!models.shared()) {
      try (ForwardPass pass = part.critic().get()) {
        LossTerm value = value(pass, experience, chosen, weights, counts);
        models.critic().backward(pass, value.loss());
        metrics = value.metrics();
      }
      if (warmUp) {
        return metrics;
      }
    }
    try (ForwardPass pass = part.actor().get()) {
      if (!models.shared()) {
        LossTerm policy = policy(pass, experience, chosen, policyWeights, counts, beta);
        models.actor().backward(pass, policy.loss());
        return metrics.plus(policy.metrics());
      }
      LossTerm value = value(pass, experience, chosen, weights, counts);
      if (warmUp) {
        models.actor().backwardHeads(pass, value.loss());
        return value.metrics();
      }
      LossTerm both =
          policy(pass, experience, chosen, policyWeights, counts, beta)
              .plus(config.value().coefficient(), value);
      models.actor().backward(pass, both.loss());
      return both.metrics();
    }
  }

  private LossTerm policy(
      ForwardPass pass,
      Experience experience,
      List<Integer> chosen,
      float[] weights,
      GlobalCounts counts,
      double beta) {
    NDManager scope = pass.scope();
    NDArray w = scope.create(weights);
    LossTerm loss =
        PpoLoss.policy(
                pass.logProbs(),
                scope.create(Experience.flatten(experience.logProbs(), chosen)),
                scope.create(Experience.flatten(experience.advantages(), chosen)),
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
                  scope.create(Experience.flatten(experience.referenceLogProbs(), chosen)),
                  w,
                  counts.tokens(),
                  PpoMetrics.KL_LOSS);
      loss = loss.plus(beta, kl);
    }
    return loss;
  }

  private LossTerm value(
      ForwardPass pass,
      Experience experience,
      List<Integer> chosen,
      float[] weights,
      GlobalCounts counts) {
    NDManager scope = pass.scope();
    double bound = config.value().clip() == 0 ? Double.POSITIVE_INFINITY : config.value().clip();
    return PpoLoss.value(
        pass.scalars(),
        scope.create(Experience.flatten(experience.values(), chosen)),
        scope.create(Experience.flatten(experience.returns(), chosen)),
        scope.create(weights),
        counts.tokens(),
        bound);
  }

  /** The demonstrations' loss, added to the policy's gradient (Ouyang et al. 2022, eq. 2). */
  private Metrics ptx(List<LearningSequence> demonstrations) {
    long labels = demonstrations.stream().mapToLong(LearningSequence::count).sum();
    Metrics metrics = null;
    int budget = config.engine().microBatchTokens();
    for (PackedBatch packed : PackedBatch.split(demonstrations, budget)) {
      try (ForwardPass pass = models.actor().forward(packed, new float[0])) {
        NDArray loss = SftLoss.of(pass.logProbs(), labels).loss();
        Metrics part = Metrics.read().sum(PpoMetrics.PTX_LOSS, loss.stopGradient()).now();
        models.actor().backward(pass, loss.mul((float) config.ptx().coefficient()));
        metrics = metrics == null ? part : metrics.plus(part);
      }
    }
    return metrics;
  }
}
