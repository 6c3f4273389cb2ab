package dev.parley.policy.rollout;

import dev.parley.policy.generation.GeneratedSample;
import dev.parley.policy.prompt.EncodedPrompt;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.reward.v1.PromptResponse;
import dev.parley.proto.reward.v1.RewardServiceGrpc;
import dev.parley.proto.reward.v1.ScoreItem;
import dev.parley.proto.reward.v1.ScoreRequest;
import dev.parley.proto.reward.v1.ScoreResponse;
import dev.parley.proto.reward.v1.ScoreResult;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import io.grpc.Channel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Asks the reward service for scores. What is no score, for whatever reason, becomes a status with
 * an error, never a number.
 */
final class ScoreClient {

  /** The service's name in messages and meters. */
  static final String SERVICE = "reward";

  private final RewardServiceGrpc.RewardServiceBlockingStub stub;
  private final PatientCall call;
  private volatile String scorer = SERVICE;

  ScoreClient(Channel channel, PatientCall call) {
    this.stub = RewardServiceGrpc.newBlockingStub(channel).withWaitForReady();
    this.call = call;
  }

  /**
   * Scores a group.
   *
   * @param prompt what was asked
   * @param encoded the same as tokens and text
   * @param samples the answers
   * @return one score per answer
   * @throws InterruptedException if the thread was interrupted while it waited to try again
   */
  List<Score> score(Prompt prompt, EncodedPrompt encoded, List<GeneratedSample> samples)
      throws InterruptedException {
    return score(prompt, encoded, samples, prompt.getTraceparent());
  }

  /**
   * Scores a group as part of a trace.
   *
   * @param prompt what was asked
   * @param encoded the same as tokens and text
   * @param samples the answers
   * @param traceparent of the call; empty if there is none
   * @return one score per answer
   * @throws InterruptedException if the thread was interrupted while it waited to try again
   */
  List<Score> score(
      Prompt prompt, EncodedPrompt encoded, List<GeneratedSample> samples, String traceparent)
      throws InterruptedException {
    if (!prompt.hasConversation() && encoded.text().isEmpty()) {
      return allFailed(
          Status.STATUS_FAILED,
          "the policy's model has no tokenizer, so there is no text to score",
          samples.size());
    }
    ScoreRequest.Builder request = ScoreRequest.newBuilder().setRunId(prompt.getRunId());
    for (GeneratedSample sample : samples) {
      request.addItems(item(prompt, encoded, sample));
    }
    try {
      ScoreResponse response =
          call.call(
              deadline ->
                  TraceContext.attach(stub, traceparent)
                      .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
                      .score(request.build()));
      return verdicts(request, response);
    } catch (CallFailedException e) {
      return allFailed(e.status(), e.getMessage(), samples.size());
    }
  }

  private static ScoreItem item(Prompt prompt, EncodedPrompt encoded, GeneratedSample sample) {
    ScoreItem.Builder item =
        ScoreItem.newBuilder()
            .setItemId(Integer.toString(sample.index()))
            .setReferenceAnswer(prompt.getReferenceAnswer())
            .putAllMetadata(prompt.getMetadataMap());
    if (prompt.hasConversation()) {
      Message answer = Message.newBuilder().setRole("assistant").setContent(sample.text()).build();
      item.setConversation(prompt.getConversation().toBuilder().addMessages(answer));
    } else {
      item.setTexts(
          PromptResponse.newBuilder()
              .setPrompt(encoded.text().orElseThrow())
              .setResponse(sample.text()));
    }
    return item.build();
  }

  private List<Score> verdicts(ScoreRequest.Builder request, ScoreResponse response) {
    Map<String, Score> byItem = new HashMap<>();
    for (ScoreResult result : response.getResultsList()) {
      byItem.put(result.getItemId(), result.getScore());
      if (!result.getScore().getScorer().isEmpty()) {
        scorer = result.getScore().getScorer();
      }
    }
    List<Score> scores = new ArrayList<>();
    for (ScoreItem item : request.getItemsList()) {
      Score score = byItem.get(item.getItemId());
      scores.add(
          score == null
              ? failed(Status.STATUS_FAILED, "the reward service left this answer out")
              : checked(score));
    }
    return scores;
  }

  private Score checked(Score score) {
    if (score.getStatus() != Status.STATUS_OK) {
      // A status that is newer than this contract is no success either.
      boolean late = score.getStatus() == Status.STATUS_TIMED_OUT;
      String error =
          score.getError().isEmpty() ? "the reward service gave no reason" : score.getError();
      return score.toBuilder()
          .setStatus(late ? Status.STATUS_TIMED_OUT : Status.STATUS_FAILED)
          .clearValue()
          .setError(error)
          .build();
    }
    if (!Double.isFinite(score.getValue())) {
      return withoutNumbers(score, "the score is " + score.getValue());
    }
    for (Map.Entry<String, Double> component : score.getComponentsMap().entrySet()) {
      if (!Double.isFinite(component.getValue())) {
        return withoutNumbers(
            score, "its component " + component.getKey() + " is " + component.getValue());
      }
    }
    return score;
  }

  private static Score withoutNumbers(Score score, String found) {
    return score.toBuilder()
        .setStatus(Status.STATUS_FAILED)
        .clearValue()
        .clearComponents()
        .setError(found + ", expected a finite number")
        .build();
  }

  private List<Score> allFailed(Status status, String error, int count) {
    return Collections.nCopies(count, failed(status, error));
  }

  private Score failed(Status status, String error) {
    return Score.newBuilder().setScorer(scorer).setStatus(status).setError(error).build();
  }
}
