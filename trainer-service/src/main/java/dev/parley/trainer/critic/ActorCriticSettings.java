package dev.parley.trainer.critic;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.decoder.Heads;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.onpolicy.OnPolicyConfig;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.LearningModel;
import dev.parley.trainer.recipe.SharedSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Turns the settings of a run into a policy and its value function.
 *
 * @param config all settings
 * @param value those of the value function
 */
public record ActorCriticSettings(OnPolicyConfig config, CriticConfig value) {

  /**
   * Finds settings that contradict each other.
   *
   * @param problems takes what is wrong, naming the keys
   */
  public void check(Problems problems) {
    value
        .path()
        .ifPresent(
            path ->
                SharedSettings.checkLayers(config, "value.path", path, Optional.empty(), problems));
    problems.require(
        !shared() || value.path().isEmpty(),
        "value.path names a value model, but value.trunk=shared has none; use separate");
    problems.require(
        !shared() || value.warmUpUpdates() == 0 || config.optimizer().weightDecay() == 0,
        "value.warm-up-updates with value.trunk=shared needs optimizer.weight-decay=0, or the decay"
            + " would change the policy that is to stand still");
  }

  private boolean shared() {
    return value.trunk() == CriticConfig.Trunk.SHARED;
  }

  /** Returns the heads of the policy's model. */
  Heads heads() {
    return shared() ? Heads.LANGUAGE_AND_VALUE : Heads.LANGUAGE;
  }

  /** Returns the sizes of the models that learn, the policy's first. */
  List<MemoryPrediction.Model> sizes() {
    Path path = config.model().path();
    MemoryPrediction.Model policy = SharedSettings.size(config, path, heads());
    return shared()
        ? List.of(policy)
        : List.of(policy, SharedSettings.size(config, value.path().orElse(path), Heads.SCORE));
  }

  /**
   * Makes both from the run's starting model, or restores them.
   *
   * @param steps optimizer steps of the whole run
   * @param resumed the checkpoint to go on from
   */
  ActorCritic open(long steps, Optional<Checkpoint> resumed) {
    return resumed.map(checkpoint -> restore(checkpoint, steps)).orElseGet(() -> start(steps));
  }

  private ActorCritic start(long steps) {
    long seed = config.run().seed();
    LanguageModel base = SharedSettings.openLanguage(config);
    if (shared()) {
      return shared(LearningModel.of(base, policy(), seed), steps);
    }
    LanguageModel critic = LearningModel.of(criticBase(base), critic(), seed);
    return separate(LearningModel.of(base, policy(), seed), critic, steps);
  }

  private ActorCritic restore(Checkpoint checkpoint, long steps) {
    // Only an adapter needs what the run began with.
    Optional<LanguageModel> base =
        policy().adapter().map(settings -> SharedSettings.openLanguage(config));
    Optional<LanguageModel> critic =
        shared()
            ? Optional.empty()
            : Optional.of(
                LearningModel.restored(
                    checkpoint,
                    ActorCritic.CRITIC,
                    () -> criticBase(base.orElseThrow()),
                    criticOrigin(),
                    critic(),
                    config));
    LanguageModel policy =
        LearningModel.restored(
            checkpoint,
            ActorCritic.POLICY,
            base::orElseThrow,
            SharedSettings.origin(config),
            policy(),
            config);
    ActorCritic both =
        critic.map(own -> separate(policy, own, steps)).orElseGet(() -> shared(policy, steps));
    both.restore(checkpoint);
    return both;
  }

  private LearningModel.Kind policy() {
    return LearningModel.kind(heads(), config);
  }

  /** Returns what a separate value function's model is. */
  private LearningModel.Kind critic() {
    return new LearningModel.Kind(
        Heads.SCORE, LearningModel.adapter(config).filter(settings -> value.adapter()));
  }

  /**
   * Opens what a separate value function starts from: a model of its own, or the policy's, on the
   * same weights if these are in the precision that the value function learns in.
   */
  private LanguageModel criticBase(LanguageModel policy) {
    boolean adapted = critic().adapter().isPresent();
    EngineOptions options = SharedSettings.engine(config.engine(), adapted);
    return value.path().isEmpty() && options.equals(policy.options())
        ? policy.shared()
        : LanguageModel.open(criticOrigin(), options);
  }

  private ModelDirectory criticOrigin() {
    return value.path().map(ModelDirectory::of).orElse(SharedSettings.origin(config));
  }

  private ActorCritic shared(LanguageModel model, long steps) {
    int workers = SharedSettings.workers(config, model);
    Learner learner = learner(model, config.optimizer().learningRate(), steps, workers);
    ModelDirectory origin = SharedSettings.origin(config);
    return new ActorCritic(learner, learner, origin, origin);
  }

  private ActorCritic separate(LanguageModel policy, LanguageModel critic, long steps) {
    if (policy.shape().vocabulary() != critic.shape().vocabulary()) {
      policy.close();
      critic.close();
      throw new IllegalArgumentException(
          "value.path has a vocabulary of "
              + critic.shape().vocabulary()
              + " tokens, the policy one of "
              + policy.shape().vocabulary()
              + "; a value model reads the policy's own tokens: give one of the same tokenizer");
    }
    int workers = SharedSettings.workers(config, policy, critic);
    return new ActorCritic(
        learner(policy, config.optimizer().learningRate(), steps, workers),
        learner(critic, value.learningRate(), steps, workers),
        SharedSettings.origin(config),
        criticOrigin());
  }

  private Learner learner(LanguageModel model, double peak, long steps, int workers) {
    return SharedSettings.learner(model, config, config.optimizer(), peak, steps, workers);
  }
}
