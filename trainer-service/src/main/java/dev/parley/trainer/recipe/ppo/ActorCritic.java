package dev.parley.trainer.recipe.ppo;

import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.LearnerCheckpoint;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.SharedSettings;
import java.util.Optional;

/**
 * The policy and its value function: two models, or one with two heads.
 *
 * @param actor learns the policy
 * @param critic learns values; the same learner if they share a trunk
 */
record ActorCritic(Learner actor, Learner critic) implements AutoCloseable {

  private static final String ACTOR = "policy";
  private static final String CRITIC = "critic";

  /** Makes both from the run's starting model. */
  static ActorCritic start(PpoConfig config, long steps) {
    EngineOptions options = SharedSettings.engine(config.engine());
    long seed = config.run().seed();
    if (shared(config)) {
      try (LanguageModel policy = SharedSettings.openLanguage(config)) {
        return shared(policy.withHeads(Heads.LANGUAGE_AND_VALUE, seed), config, steps);
      }
    }
    LanguageModel policy = SharedSettings.openLanguage(config);
    LanguageModel critic =
        config
            .value()
            .path()
            .map(path -> withScalarHead(LanguageModel.open(path, options), seed))
            .orElseGet(() -> policy.withHeads(Heads.SCORE, seed));
    return separate(policy, critic, config, steps);
  }

  /** Restores both from a checkpoint. */
  static ActorCritic resume(
      CheckpointStore.Checkpoint checkpoint, PpoState state, PpoConfig config, long steps) {
    EngineOptions options = SharedSettings.engine(config.engine());
    LanguageModel policy = LanguageModel.open(checkpoint.model(ACTOR), options);
    ActorCritic both;
    if (shared(config)) {
      LanguageModel model;
      try (policy) {
        model = policy.withHeads(Heads.LANGUAGE_AND_VALUE, 0);
      }
      checkpoint.readValueHead(ACTOR, model);
      both = shared(model, config, steps);
    } else {
      LanguageModel critic = LanguageModel.open(checkpoint.model(CRITIC), options);
      both = separate(policy, critic, config, steps);
      LearnerCheckpoint.restore(checkpoint, CRITIC, both.critic, state.valueOptimizer());
    }
    LearnerCheckpoint.restore(checkpoint, ACTOR, both.actor, state.policyOptimizer());
    return both;
  }

  private static boolean shared(PpoConfig config) {
    return config.value().trunk() == PpoConfig.Value.Trunk.SHARED;
  }

  private static LanguageModel withScalarHead(LanguageModel model, long seed) {
    if (model.heads().equals(Heads.SCORE)) {
      return model;
    }
    try (model) {
      return model.withHeads(Heads.SCORE, seed);
    }
  }

  private static ActorCritic shared(LanguageModel model, PpoConfig config, long steps) {
    int workers = SharedSettings.workers(config, model);
    Learner learner = learner(model, config, config.optimizer().learningRate(), steps, workers);
    return new ActorCritic(learner, learner);
  }

  private static ActorCritic separate(
      LanguageModel policy, LanguageModel critic, PpoConfig config, long steps) {
    if (policy.shape().vocabulary() != critic.shape().vocabulary()) {
      policy.close();
      critic.close();
      throw new IllegalArgumentException(
          "value.path has a vocabulary of "
              + critic.shape().vocabulary()
              + " tokens, the policy one of "
              + policy.shape().vocabulary()
              + "; a value model reads the policy's own tokens");
    }
    int workers = SharedSettings.workers(config, policy, critic);
    return new ActorCritic(
        learner(policy, config, config.optimizer().learningRate(), steps, workers),
        learner(critic, config, config.value().learningRate(), steps, workers));
  }

  private static Learner learner(
      LanguageModel model, PpoConfig config, double peak, long steps, int workers) {
    return SharedSettings.learner(model, config, config.optimizer(), peak, steps, workers);
  }

  /** Returns whether policy and values share a trunk. */
  boolean shared() {
    return actor == critic;
  }

  /** Adds both to a checkpoint. */
  void addTo(CheckpointStore.Writer writer, PpoConfig config) {
    LearnerCheckpoint.add(writer, ACTOR, actor, config.model().path());
    if (!shared()) {
      LearnerCheckpoint.add(writer, CRITIC, critic, config.model().path());
    }
  }

  /** Returns the value function's learner, if it is one of its own. */
  Optional<Learner> separateCritic() {
    return shared() ? Optional.empty() : Optional.of(critic);
  }

  /** Returns how many optimizer steps of the run had a gradient that was not finite. */
  long skippedSteps() {
    return actor.state().skipped() + separateCritic().map(c -> c.state().skipped()).orElse(0L);
  }

  @Override
  public void close() {
    actor.close();
    if (!shared()) {
      critic.close();
    }
  }
}
