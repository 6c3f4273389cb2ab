package dev.parley.trainer.recipe.sft;

import dev.parley.data.Split;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.RecipeConfig;
import dev.parley.trainer.recipe.SharedSettings;
import java.util.List;
import java.util.Optional;

/**
 * Demonstrations that are mixed into another recipe's steps: their loss is added to the policy's
 * gradient (Ouyang et al. 2022, eq. 2, "PPO-ptx").
 *
 * @param config the settings
 * @param data the demonstrations
 * @param seed of their order
 */
public record PretrainingMix(MixConfig config, LearningData<LearningSequence> data, long seed) {

  /**
   * Reads the demonstrations.
   *
   * @param mix the settings
   * @param config those of the run
   * @return empty if the coefficient is 0
   */
  public static Optional<PretrainingMix> read(MixConfig mix, RecipeConfig config) {
    if (mix.coefficient() == 0) {
      return Optional.empty();
    }
    long seed = config.run().seed();
    try (TemplateEncoder encoder = TemplateEncoder.open(SharedSettings.origin(config).text())) {
      LearningData.Source source =
          new LearningData.Source(
              mix.files().orElseThrow(),
              mix.skipBad(),
              new Split(0, seed),
              Math.min(mix.maxTokens(), SharedSettings.longestSequence(config)));
      return Optional.of(
          new PretrainingMix(mix, LearningData.demonstrations(source, encoder), seed));
    }
  }

  /**
   * Returns what is mixed into a step.
   *
   * @param learner learns
   * @param step its number in the run, from 0
   * @param metric name under which the loss is measured, before its coefficient
   */
  public SftWork work(Learner learner, long step, String metric) {
    List<LearningSequence> rows = data.train();
    List<LearningSequence> batch =
        new EpochOrder(rows.size(), seed)
            .rows(step * config.batchSize(), config.batchSize()).stream().map(rows::get).toList();
    return SftWork.of(learner, batch, config.coefficient(), metric);
  }

  /** Returns the largest of these steps. */
  public MemoryPrediction.Step largestStep() {
    return MemoryPrediction.Step.largest(data.train(), config.batchSize());
  }

  /** Says how many demonstrations there are. */
  public String describe() {
    return data.train().size() + ", left out: " + data.describeLeftOut();
  }
}
