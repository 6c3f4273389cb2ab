package dev.parley.trainer.recipe.ppo;

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
final class PromptSchedule {

  private final PpoConfig config;
  private final String runId;
  private final List<EncodedPrompt> prompts;
  private final EpochOrder order;

  PromptSchedule(PpoConfig config, String runId, List<EncodedPrompt> prompts) {
    this.config = config;
    this.runId = runId;
    this.prompts = prompts;
    this.order = new EpochOrder(prompts.size(), config.run().seed());
  }

  /** Returns the prompts of an update, counted from 1. */
  List<Prompt> prompts(long update) {
    int count = config.prompts().perUpdate();
    List<Prompt> asked = new ArrayList<>();
    for (int row : order.rows((update - 1) * count, count)) {
      asked.add(prompt(update, asked.size(), prompts.get(row)));
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
        .setGroupSize(config.prompts().samples())
        .setSampling(sampling(update, index))
        .setRequiredVersion(Math.max(0, update - 1 - config.ppo().maxStaleness()))
        .setReferenceAnswer(encoded.row().referenceAnswer().orElse(""))
        .putAllMetadata(encoded.row().metadata())
        .setUpdate(update)
        .build();
  }

  private SamplingParameters sampling(long update, int index) {
    PpoConfig.Sampling sampling = config.sampling();
    long seed = (config.run().seed() * 0x9E3779B97F4A7C15L + update) * 0xD1B54A32D192ED03L + index;
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
