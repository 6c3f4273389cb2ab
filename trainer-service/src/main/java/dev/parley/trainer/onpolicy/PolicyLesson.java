package dev.parley.trainer.onpolicy;

import dev.parley.model.ModelDirectory;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.LearnerCheckpoint;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.UpdateTimer;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * A recipe whose policy is the only model that learns.
 *
 * @param policy the policy
 * @param origin where its model comes from
 * @param update what the recipe makes of answers
 */
record PolicyLesson(Learner policy, ModelDirectory origin, PolicyUpdate update) implements Lesson {

  /** The policy's name in a checkpoint. */
  static final String POLICY = "policy";

  @Override
  public Map<String, Double> learn(long number, List<Sample> samples, UpdateTimer timer) {
    return update.learn(number, samples, timer);
  }

  @Override
  public long skippedSteps() {
    return policy.state().skipped();
  }

  @Override
  public void save(CheckpointStore.Writer writer, Standing standing) throws IOException {
    LearnerCheckpoint.add(writer, POLICY, policy, origin);
    writer.state(PolicyState.of(standing, policy.state()));
  }
}
