package dev.parley.trainer.critic;

import dev.parley.model.decoder.Heads;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.onpolicy.Lesson;
import dev.parley.trainer.onpolicy.Setup;
import dev.parley.trainer.onpolicy.Standing;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.policygradient.PolicyGradient;
import dev.parley.trainer.policygradient.PolicyGradientSettings;
import dev.parley.trainer.policygradient.PolicyMethod;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.RunContext;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a recipe with a critic brings to its run. */
public interface ActorCriticSetup extends Setup<ActorCritic> {

  /** Returns the settings of the run. */
  PolicyGradientSettings settings();

  /** Returns the settings of both models. */
  ActorCriticSettings models();

  /** Returns what tells the recipe from others. */
  PolicyMethod method();

  @Override
  default Heads heads() {
    return models().heads();
  }

  @Override
  default List<MemoryPrediction.Model> sizes() {
    return models().sizes();
  }

  @Override
  default Plan describe(Plan plan) {
    String trunk = models().value().trunk().name().toLowerCase(Locale.ROOT);
    return plan.with("value function", trunk);
  }

  @Override
  default Standing standing(Checkpoint checkpoint) {
    return checkpoint.state(ActorCriticState.class).standing();
  }

  @Override
  default ActorCritic open(Optional<Checkpoint> resumed) {
    return models().open(settings().run().steps(), resumed);
  }

  @Override
  default double klCoefficient(Checkpoint checkpoint) {
    return checkpoint.state(ActorCriticState.class).klCoefficient();
  }

  @Override
  default Lesson lesson(
      RunContext context, ActorCritic learners, Accumulation accumulation, double klCoefficient) {
    ActorCriticAgent agent = new ActorCriticAgent(learners, models().value());
    return new ActorCriticLesson(
        learners,
        new PolicyGradient(settings(), method(), context, agent, accumulation, klCoefficient));
  }
}
