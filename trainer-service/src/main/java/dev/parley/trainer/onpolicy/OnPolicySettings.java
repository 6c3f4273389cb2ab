package dev.parley.trainer.onpolicy;

import dev.parley.data.Split;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.EncodedPrompt;
import dev.parley.trainer.experience.RolloutExchange;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.RecipeConfig;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the pieces of this package need to know of a recipe's settings.
 *
 * @param recipe its name, as users type it
 * @param group the name of its own group of settings
 * @param config all settings
 * @param prompts which prompts
 * @param updates how many updates, of what
 * @param reward what becomes of scores
 * @param kl where the KL's other side comes from
 * @param klCoefficient β at the start; 0 needs no reference
 */
public record OnPolicySettings(
    String recipe,
    String group,
    OnPolicyConfig config,
    OnPolicyConfig.Prompts prompts,
    OnPolicyConfig.Updates updates,
    OnPolicyConfig.Reward reward,
    OnPolicyConfig.Kl kl,
    double klCoefficient) {

  /** Returns whether the trainer is its own reference. */
  public boolean adapterOff() {
    return kl.reference() == OnPolicyConfig.Reference.ADAPTER_OFF;
  }

  /** Returns whether an answer without reference log-probabilities is of no use. */
  public boolean needsReference() {
    return klCoefficient > 0 && !adapterOff();
  }

  /** Returns the optimizer steps of the whole run. */
  public long steps() {
    return stepsBefore(updates.updates() + 1L);
  }

  /**
   * Returns the optimizer steps of the updates before one, if none of them ended early.
   *
   * @param update its number, from 1
   */
  public long stepsBefore(long update) {
    return (update - 1) * updates.epochs() * updates.minibatches();
  }

  /**
   * Returns what each optimizer step of an update learns from, in an order of the update's own.
   *
   * @param update its number, from 1
   * @param rows how many rows the update learns from
   * @return indices of rows, minibatch after minibatch; none if there are no rows
   */
  public List<List<Integer>> minibatches(long update, int rows) {
    long seed = config.run().seed() * 31 + update * 1_000;
    return EpochOrder.minibatches(rows, updates.epochs(), updates.minibatches(), seed);
  }

  /** Returns the brokers. */
  public String kafka() {
    return config.run().kafka().orElseThrow();
  }

  /**
   * Finds settings that contradict each other.
   *
   * @param problems takes what is wrong, naming the keys
   */
  public void check(Problems problems) {
    String name = recipe.toUpperCase(Locale.ROOT);
    problems.require(
        config.run().kafka().isPresent(),
        "run.kafka is missing; " + name + " learns from rollouts: give the brokers as host:port");
    problems.require(
        config.model().start() == RecipeConfig.Model.Start.WEIGHTS,
        "model.start is random, but " + name + " starts from a trained model; use weights");
    problems.require(
        config.sampling().minNewTokens() <= config.sampling().maxNewTokens(),
        "sampling.min-new-tokens is "
            + config.sampling().minNewTokens()
            + "; expected at most sampling.max-new-tokens, which is "
            + config.sampling().maxNewTokens());
    problems.require(
        reward.overlongBuffer() <= config.sampling().maxNewTokens(),
        "reward.overlong-buffer is "
            + reward.overlongBuffer()
            + "; expected at most sampling.max-new-tokens, which is "
            + config.sampling().maxNewTokens());
    problems.require(
        !adapterOff() || config.lora().rank() > 0,
        "kl.reference is adapter-off, but without lora.rank there is no adapter; use service");
    problems.require(
        config.lora().dropout() == 0,
        "lora.dropout is "
            + config.lora().dropout()
            + "; "
            + name
            + " compares a policy with itself, which dropout would make two: use 0");
  }

  /**
   * Reads the prompts; the model has room for an answer after each.
   *
   * @throws IllegalArgumentException if it has room for no answer at all
   */
  public LearningData<EncodedPrompt> read() {
    int longest = SharedSettings.longestSequence(config);
    int room = longest - config.sampling().maxNewTokens();
    if (room < 1) {
      throw new IllegalArgumentException(
          "sampling.max-new-tokens is "
              + config.sampling().maxNewTokens()
              + ", but prompt and answer together may have "
              + longest
              + " tokens in "
              + config.model().path()
              + "; give less, so that there is room for a prompt");
    }
    try (TemplateEncoder encoder = TemplateEncoder.open(SharedSettings.origin(config).text())) {
      return LearningData.prompts(
          new LearningData.Source(
              prompts.files(),
              prompts.skipBad(),
              new Split(0, config.run().seed()),
              Math.min(prompts.maxTokens(), room)),
          encoder);
    }
  }

  /**
   * Returns the largest step: the longest prompts with the longest answers.
   *
   * @param rows the prompts
   * @param models how many learn
   */
  public MemoryPrediction.Step largestStep(List<EncodedPrompt> rows, int models) {
    int answer = config.sampling().maxNewTokens();
    int[] longest =
        rows.stream()
            .mapToInt(prompt -> -prompt.tokens().length)
            .sorted()
            .limit(prompts.perUpdate())
            .map(length -> answer - length)
            .toArray();
    long tokens = prompts.samples() * Arrays.stream(longest).asLongStream().sum();
    long chosen = (long) prompts.samples() * longest.length * answer;
    int parts = updates.minibatches();
    boolean keptOpen = parts == 1 && tokens * models <= config.engine().microBatchTokens();
    return new MemoryPrediction.Step(
        (tokens + parts - 1) / parts,
        (chosen + parts - 1) / parts,
        longest[0],
        longest[0],
        keptOpen);
  }

  /** Returns where a new run stands. */
  Standing start() {
    String origin = SharedSettings.origin(config).digest();
    return new Standing(0, RolloutExchange.Place.end(kafka()), Map.of(0L, origin), 0);
  }

  /**
   * Joins the exchange with the policies.
   *
   * @param context the run
   * @param standing where it stands
   */
  RolloutExchange exchange(RunContext context, Standing standing) {
    return new RolloutExchange(
        kafka(),
        context.id(),
        standing.place(),
        standing.update(),
        Clock.systemUTC(),
        context.log()::warning);
  }
}
