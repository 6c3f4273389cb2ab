package dev.parley.trainer.onpolicy;

import dev.parley.data.ChatTurn;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.sampling.v1.SamplingParameters;
import dev.parley.trainer.experience.LearningData.EncodedPrompt;
import dev.parley.trainer.recipe.EpochOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Which prompts each update asks, with which seeds: a function of the run's seed alone, so that a
 * resumed run asks what an unbroken one would have asked.
 */
public final class PromptSchedule {

  /** Sets the order of prompts that replace others apart from the order of those replaced. */
  private static final long REPLACEMENTS = 0x5DEECE66DL;

  /** Rounds of replacements that an update may have. */
  static final int MOST_ROUNDS = 1_000;

  private final OnPolicySettings settings;
  private final String runId;
  private final List<EncodedPrompt> prompts;
  private final EpochOrder order;
  private final EpochOrder replacements;

  /**
   * Makes a schedule.
   *
   * @param settings of the run
   * @param runId the run
   * @param prompts all there are
   */
  public PromptSchedule(OnPolicySettings settings, String runId, List<EncodedPrompt> prompts) {
    this.settings = settings;
    this.runId = runId;
    this.prompts = prompts;
    long seed = settings.config().run().seed();
    this.order = new EpochOrder(prompts.size(), seed);
    this.replacements = new EpochOrder(prompts.size(), seed ^ REPLACEMENTS);
  }

  /** Returns the prompts of an update, counted from 1. */
  public List<Prompt> prompts(long update) {
    int count = settings.prompts().perUpdate();
    return prompts(update, 0, order.rows((update - 1) * count, count));
  }

  /**
   * Returns prompts that replace others of an update.
   *
   * @param update counted from 1
   * @param round counted from 1: how often it has asked before
   * @param count how many, at most {@code prompts.per-update}
   */
  public List<Prompt> more(long update, int round, int count) {
    int most = settings.prompts().perUpdate();
    long first = ((update - 1) * MOST_ROUNDS + round - 1) * most;
    return prompts(update, round * most, replacements.rows(first, count));
  }

  /**
   * Returns a prompt under another name: the same question with the same seed.
   *
   * @param prompt of this schedule
   * @param attempt counted from 1
   */
  static Prompt again(Prompt prompt, int attempt) {
    return prompt.toBuilder().setPromptId(prompt.getPromptId() + "-again" + attempt).build();
  }

  private List<Prompt> prompts(long update, int firstIndex, List<Integer> rows) {
    List<Prompt> asked = new ArrayList<>();
    for (int row : rows) {
      asked.add(prompt(update, firstIndex + asked.size(), prompts.get(row)));
    }
    return asked;
  }

  private Prompt prompt(long update, int index, EncodedPrompt encoded) {
    Conversation.Builder conversation = Conversation.newBuilder();
    for (ChatTurn turn : encoded.row().prompt()) {
      conversation.addMessages(
          Message.newBuilder().setRole(turn.role()).setContent(turn.content()));
    }
    return Prompt.newBuilder()
        .setRunId(runId)
        .setPromptId("u%06d-p%05d".formatted(update, index))
        .setConversation(conversation)
        .setGroupSize(settings.prompts().samples())
        .setSampling(sampling(update, index))
        .setRequiredVersion(Math.max(0, update - 1 - settings.updates().maxStaleness()))
        .setReferenceAnswer(encoded.row().referenceAnswer().orElse(""))
        .putAllMetadata(encoded.row().metadata())
        .setUpdate(update)
        .build();
  }

  private SamplingParameters sampling(long update, int index) {
    OnPolicyConfig.Sampling sampling = settings.config().sampling();
    long seed =
        (settings.config().run().seed() * 0x9E3779B97F4A7C15L + update) * 0xD1B54A32D192ED03L
            + index;
    return SamplingParameters.newBuilder()
        .setTemperature(sampling.temperature())
        .setTopK(sampling.topK())
        .setTopP(sampling.topP())
        .setMaxNewTokens(sampling.maxNewTokens())
        .setMinNewTokens(sampling.minNewTokens())
        .addAllStopStrings(sampling.stopStrings().orElse(List.of()))
        .setSeed(seed)
        .build();
  }
}
