package dev.parley.trainer.onpolicy;

import dev.parley.model.ModelDirectory;
import dev.parley.model.decoder.Heads;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.recipe.SoleLearner;
import dev.parley.trainer.recipe.UpdateTimer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A run of a recipe whose policy is the only model that learns.
 *
 * @param settings of the run
 * @param dynamic whether some groups are replaced
 * @param maker makes what learns from answers
 */
public record PolicyRun(
    OnPolicySettings settings, DynamicSampling dynamic, PolicyUpdate.Maker maker) {

  /** Opens model and files, and says what {@link #run} would do. */
  public Plan plan() {
    return new OnPolicyRun<>(settings, dynamic, new Sole(settings, maker)).plan();
  }

  /**
   * Trains.
   *
   * @param context the run
   * @return whether all updates were made
   */
  public boolean run(RunContext context) {
    return new OnPolicyRun<>(settings, dynamic, new Sole(settings, maker)).run(context);
  }

  /** One model that learns. */
  private record Sole(OnPolicySettings settings, PolicyUpdate.Maker maker)
      implements Setup<SolePolicy> {

    @Override
    public Heads heads() {
      return Heads.LANGUAGE;
    }

    @Override
    public List<MemoryPrediction.Model> sizes() {
      OnPolicyConfig config = settings.config();
      return List.of(SharedSettings.size(config, config.model().path(), heads()));
    }

    @Override
    public Standing standing(Checkpoint checkpoint) {
      return checkpoint.state(PolicyState.class).standing();
    }

    @Override
    public SolePolicy open(Optional<Checkpoint> resumed) {
      OnPolicyConfig config = settings.config();
      ModelDirectory origin = SharedSettings.origin(config);
      AdamW.State counts =
          resumed.map(c -> c.state(PolicyState.class).optimizer()).orElse(AdamW.State.INITIAL);
      SoleLearner sole = new SoleLearner(SolePolicy.NAME, heads(), config, config.optimizer());
      return new SolePolicy(sole.open(origin, settings.steps(), resumed, counts), origin);
    }

    @Override
    public double klCoefficient(Checkpoint checkpoint) {
      return checkpoint.state(PolicyState.class).klCoefficient();
    }

    @Override
    public Lesson lesson(
        RunContext context, SolePolicy sole, Accumulation accumulation, double klCoefficient) {
      return new PolicyLesson(sole, maker.of(context, sole.policy(), accumulation, klCoefficient));
    }
  }

  private record PolicyLesson(SolePolicy learners, PolicyUpdate update) implements Lesson {

    @Override
    public Map<String, Double> learn(long number, List<Sample> samples, UpdateTimer timer) {
      return update.learn(number, samples, timer);
    }

    @Override
    public Object state(Standing standing) {
      return PolicyState.of(standing, learners.policy().state(), update.klCoefficient());
    }
  }
}
