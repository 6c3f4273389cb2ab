package dev.parley.policy.rollout;

import dev.parley.policy.generation.FinishReasons;
import dev.parley.policy.generation.GeneratedGroup;
import dev.parley.policy.generation.GeneratedSample;
import dev.parley.policy.generation.VersionSpan;
import dev.parley.policy.prompt.EncodedPrompt;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.proto.rollout.v1.Timings;
import dev.parley.proto.sampling.v1.SamplingParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Builds the contract's rollouts from what came of a prompt. */
final class RolloutRecords {

  private RolloutRecords() {}

  /**
   * A generated group with what is known of it.
   *
   * @param prompt what was asked
   * @param encoded the same as tokens
   * @param sampling the parameters that were used
   * @param group the answers
   * @param scores one per answer; empty if there is no reward service
   * @param reference one row per answer; empty if there is no reference service
   */
  record Parts(
      Prompt prompt,
      EncodedPrompt encoded,
      SamplingParameters sampling,
      GeneratedGroup group,
      List<Score> scores,
      Optional<ReferenceResult> reference) {}

  /** Returns the rollout of a generated group, without timings, instance and clock. */
  static Rollout.Builder rollout(Parts parts) {
    Rollout.Builder rollout =
        Rollout.newBuilder()
            .setPrompt(parts.prompt())
            .setTemplateHash(parts.encoded().templateHash())
            .setSampling(parts.sampling())
            .setTraceparent(parts.prompt().getTraceparent())
            .setStatus(Status.STATUS_OK);
    for (int token : parts.encoded().tokens()) {
      rollout.addPromptTokenIds(token);
    }
    parts.reference().ifPresent(reference -> rollout.setReferenceDigest(reference.digest()));
    for (GeneratedSample sample : parts.group().samples()) {
      Completion.Builder completion = completion(sample);
      if (!parts.scores().isEmpty()) {
        completion.addScores(parts.scores().get(sample.index()));
      }
      parts
          .reference()
          .map(reference -> reference.rows().get(sample.index()))
          .ifPresent(
              row ->
                  completion
                      .setReferenceStatus(row.status())
                      .addAllReferenceLogProbs(row.logProbs())
                      .setReferenceError(row.error()));
      rollout.addCompletions(completion);
    }
    return rollout;
  }

  private static Completion.Builder completion(GeneratedSample sample) {
    Completion.Builder completion =
        Completion.newBuilder()
            .setSampleIndex(sample.index())
            .setFinishReason(FinishReasons.toProto(sample.finish()))
            .setText(sample.text())
            .setSeed(sample.seed());
    for (int i = 0; i < sample.tokens().length; i++) {
      completion
          .addTokenIds(sample.tokens()[i])
          .addActionMask(true)
          .addSamplingLogProbs(sample.samplingLogProbs()[i])
          .addModelLogProbs(sample.modelLogProbs()[i]);
    }
    for (VersionSpan span : sample.versions()) {
      completion
          .addVersionSpansBuilder()
          .setFirstToken(span.firstToken())
          .setVersion(span.version().toProto());
    }
    return completion;
  }

  /**
   * Returns the rollout of a prompt that could not be answered.
   *
   * @param prompt what was asked
   * @param status failed or timed out
   * @param error why
   */
  static Rollout.Builder unanswered(Prompt prompt, Status status, String error) {
    return Rollout.newBuilder()
        .setPrompt(prompt)
        .setSampling(prompt.getSampling())
        .setTraceparent(prompt.getTraceparent())
        .setStatus(status)
        .setError(error);
  }

  /** Returns a prompt's ids without its content, for a record that must be small. */
  static Prompt idsOnly(Prompt prompt) {
    return Prompt.newBuilder()
        .setRunId(prompt.getRunId())
        .setPromptId(prompt.getPromptId())
        .setGroupSize(prompt.getGroupSize())
        .setRequiredVersion(prompt.getRequiredVersion())
        .setUpdate(prompt.getUpdate())
        .setTraceparent(prompt.getTraceparent())
        .build();
  }

  /** Returns the key of a rollout, which is that of its prompt. */
  static String key(Prompt prompt) {
    return prompt.getRunId() + "/" + prompt.getPromptId();
  }

  /** Returns what a rollout lacks of scores and reference log-probabilities, if anything. */
  static Optional<String> defect(Rollout rollout) {
    List<String> defects = new ArrayList<>();
    for (Completion completion : rollout.getCompletionsList()) {
      for (Score score : completion.getScoresList()) {
        if (score.getStatus() != Status.STATUS_OK) {
          defects.add(
              "completion %d has no score of %s (%s: %s)"
                  .formatted(
                      completion.getSampleIndex(),
                      score.getScorer(),
                      score.getStatus(),
                      score.getError()));
        }
      }
      if (completion.getReferenceStatus() == Status.STATUS_FAILED
          || completion.getReferenceStatus() == Status.STATUS_TIMED_OUT) {
        defects.add(
            "completion %d has no reference log-probabilities (%s: %s)"
                .formatted(
                    completion.getSampleIndex(),
                    completion.getReferenceStatus(),
                    completion.getReferenceError()));
      }
    }
    return defects.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", defects));
  }

  /** Returns where the time went. */
  static Timings timings(
      long arrivedNanos, GeneratedGroup group, long scoringNanos, long referenceNanos) {
    return Timings.newBuilder()
        .setQueueUs(micros(group.startNanos() - arrivedNanos))
        .setGenerationUs(micros(group.endNanos() - group.startNanos()))
        .setScoringUs(micros(scoringNanos))
        .setReferenceUs(micros(referenceNanos))
        .build();
  }

  private static long micros(long nanos) {
    return Math.max(0, nanos / 1000);
  }
}
