package dev.parley.trainer.recipe.ppo;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.decoder.Heads;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.LearnerCheckpoint;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.LearningModel;
import dev.parley.trainer.recipe.SharedSettings;
import java.util.Optional;

/**
 * The policy and its value function: two models, or one with two heads.
 *
 * @param actor learns the policy
 * @param critic learns values; the same learner if they share a trunk
 * @param origin where the policy's model comes from
 * @param criticOrigin where the critic's model comes from
 */
record ActorCritic(
    Learner actor, Learner critic, ModelDirectory origin, ModelDirectory criticOrigin)
    implements AutoCloseable {

  private static final String ACTOR = "policy";
  private static final String CRITIC = "critic";

  /** Makes both from the run's starting model. */
  static ActorCritic start(PpoConfig config, long steps) {
    long seed = config.run().seed();
    LanguageModel base = SharedSettings.openLanguage(config);
    if (shared(config)) {
      return shared(LearningModel.of(base, policy(config), seed), config, steps);
    }
    LanguageModel critic = LearningModel.of(criticBase(base, config), critic(config), seed);
    LanguageModel policy = LearningModel.of(base, policy(config), seed);
    return separate(policy, critic, config, steps);
  }

  /** Restores both from a checkpoint. */
  static ActorCritic resume(
      CheckpointStore.Checkpoint checkpoint, PpoState state, PpoConfig config, long steps) {
    // Only an adapter needs what the run began with.
    Optional<LanguageModel> base =
        policy(config).adapter().map(settings -> SharedSettings.openLanguage(config));
    Optional<LanguageModel> critic =
        shared(config)
            ? Optional.empty()
            : Optional.of(
                LearningModel.restored(
                    checkpoint,
                    CRITIC,
                    () -> criticBase(base.orElseThrow(), config),
                    criticOrigin(config),
                    critic(config),
                    config));
    LanguageModel policy =
        LearningModel.restored(
            checkpoint,
            ACTOR,
            base::orElseThrow,
            SharedSettings.origin(config),
            policy(config),
            config);
    ActorCritic both =
        critic
            .map(own -> separate(policy, own, config, steps))
            .orElseGet(() -> shared(policy, config, steps));
    LearnerCheckpoint.restore(checkpoint, ACTOR, both.actor, state.policyOptimizer());
    both.separateCritic()
        .ifPresent(
            own -> LearnerCheckpoint.restore(checkpoint, CRITIC, own, state.valueOptimizer()));
    return both;
  }

  private static boolean shared(PpoConfig config) {
    return config.value().trunk() == PpoConfig.Value.Trunk.SHARED;
  }

  /** Returns what the policy's model is. */
  static LearningModel.Kind policy(PpoConfig config) {
    return LearningModel.kind(shared(config) ? Heads.LANGUAGE_AND_VALUE : Heads.LANGUAGE, config);
  }

  /** Returns what a separate value function's model is. */
  private static LearningModel.Kind critic(PpoConfig config) {
    return new LearningModel.Kind(
        Heads.SCORE, LearningModel.adapter(config).filter(settings -> config.value().adapter()));
  }

  /**
   * Opens what a separate value function starts from: a model of its own, or the policy's, on the
   * same weights if these are in the precision that the value function learns in.
   */
  private static LanguageModel criticBase(LanguageModel policy, PpoConfig config) {
    boolean adapted = critic(config).adapter().isPresent();
    EngineOptions options = SharedSettings.engine(config.engine(), adapted);
    return config.value().path().isEmpty() && options.equals(policy.options())
        ? policy.shared()
        : LanguageModel.open(criticOrigin(config), options);
  }

  private static ModelDirectory criticOrigin(PpoConfig config) {
    return config.value().path().map(ModelDirectory::of).orElse(SharedSettings.origin(config));
  }

  private static ActorCritic shared(LanguageModel model, PpoConfig config, long steps) {
    int workers = SharedSettings.workers(config, model);
    Learner learner = learner(model, config, config.optimizer().learningRate(), steps, workers);
    ModelDirectory origin = SharedSettings.origin(config);
    return new ActorCritic(learner, learner, origin, origin);
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
        learner(critic, config, config.value().learningRate(), steps, workers),
        SharedSettings.origin(config),
        criticOrigin(config));
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
  void addTo(CheckpointStore.Writer writer) {
    LearnerCheckpoint.add(writer, ACTOR, actor, origin);
    if (!shared()) {
      LearnerCheckpoint.add(writer, CRITIC, critic, criticOrigin);
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
