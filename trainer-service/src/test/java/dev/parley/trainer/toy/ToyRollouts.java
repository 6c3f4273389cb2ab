package dev.parley.trainer.toy;

import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.proto.rollout.v1.VersionSpan;
import dev.parley.proto.sampling.v1.FinishReason;
import dev.parley.proto.sampling.v1.SamplingParameters;
import dev.parley.proto.version.v1.VersionReference;
import java.util.List;

/** Rollouts written by hand, whole and in order: what tests take something away from. */
public final class ToyRollouts {

  /** The checksum that version n has here. */
  public static String checksum(long version) {
    return "checksum-" + version;
  }

  private ToyRollouts() {}

  /** Returns a prompt of a run. */
  public static Prompt prompt(String runId, long update, String promptId) {
    return Prompt.newBuilder()
        .setRunId(runId)
        .setPromptId(promptId)
        .setText("?")
        .setGroupSize(2)
        .setUpdate(update)
        .build();
  }

  /** Returns a stretch of tokens that a version made. */
  public static VersionSpan span(long version) {
    return VersionSpan.newBuilder()
        .setVersion(
            VersionReference.newBuilder().setVersion(version).setChecksum(checksum(version)))
        .build();
  }

  /** Returns an answer of three tokens, made by version 0, with score 0.5. */
  public static Completion completion(int index) {
    return Completion.newBuilder()
        .setSampleIndex(index)
        .addAllTokenIds(List.of(40 + index, 50, 60))
        .addAllActionMask(List.of(true, true, true))
        .addAllSamplingLogProbs(List.of(-1f, -2f, -3f))
        .addAllModelLogProbs(List.of(-1.25f, -2.25f, -3.25f))
        .addAllReferenceLogProbs(List.of(-1.5f, -2.5f, -3.5f))
        .setReferenceStatus(Status.STATUS_OK)
        .setFinishReason(FinishReason.FINISH_REASON_STOP_TOKEN)
        .setText("(2<")
        .addScores(
            Score.newBuilder()
                .setScorer("toy")
                .setStatus(Status.STATUS_OK)
                .setValue(0.5)
                .putComponents("part", 0.25))
        .addVersionSpans(span(0))
        .build();
  }

  /** Returns a group of two answers. */
  public static Rollout rollout(String runId, long update, String promptId) {
    return Rollout.newBuilder()
        .setPrompt(prompt(runId, update, promptId))
        .addAllPromptTokenIds(List.of(7, 8))
        .setSampling(SamplingParameters.newBuilder().setTemperature(0.7))
        .addCompletions(completion(0))
        .addCompletions(completion(1))
        .setStatus(Status.STATUS_OK)
        .build();
  }
}
