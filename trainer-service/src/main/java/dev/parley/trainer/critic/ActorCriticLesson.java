package dev.parley.trainer.critic;

import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.onpolicy.Lesson;
import dev.parley.trainer.onpolicy.Standing;
import dev.parley.trainer.policygradient.PolicyGradient;
import dev.parley.trainer.recipe.UpdateTimer;
import java.util.List;
import java.util.Map;

/**
 * What both models make of an update's answers.
 *
 * @param learners the models
 * @param gradient what they follow
 */
record ActorCriticLesson(ActorCritic learners, PolicyGradient gradient) implements Lesson {

  @Override
  public Map<String, Double> learn(long update, List<Sample> samples, UpdateTimer timer) {
    return gradient.learn(update, samples, timer);
  }

  @Override
  public ActorCriticState state(Standing standing) {
    return learners.state(standing, gradient.klCoefficient());
  }
}
