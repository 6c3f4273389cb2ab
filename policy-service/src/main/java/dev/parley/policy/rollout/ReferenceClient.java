package dev.parley.policy.rollout;

import dev.parley.policy.generation.GeneratedSample;
import dev.parley.policy.rollout.ReferenceResult.Row;
import dev.parley.proto.reference.v1.LogProbsRequest;
import dev.parley.proto.reference.v1.LogProbsResponse;
import dev.parley.proto.reference.v1.ReferenceServiceGrpc;
import dev.parley.proto.reference.v1.TokenLogProbs;
import dev.parley.proto.reference.v1.TokenSequence;
import dev.parley.proto.rollout.v1.Status;
import io.grpc.Channel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Asks the reference service for log-probabilities. The digest that answered first is the one that
 * counts: a penalty for leaving a model that changes under way would mean nothing.
 */
final class ReferenceClient {

  /** The service's name in messages and meters. */
  static final String SERVICE = "reference";

  private final ReferenceServiceGrpc.ReferenceServiceBlockingStub stub;
  private final PatientCall call;
  private final AtomicReference<String> digest = new AtomicReference<>("");

  ReferenceClient(Channel channel, PatientCall call) {
    this.stub = ReferenceServiceGrpc.newBlockingStub(channel).withWaitForReady();
    this.call = call;
  }

  /**
   * Looks at a group.
   *
   * @param prompt the prompt's tokens
   * @param samples the answers
   * @param temperature divides the logits
   * @param traceparent of the call; empty if there is none
   * @throws InterruptedException if the thread was interrupted while it waited to try again
   */
  ReferenceResult logProbs(
      int[] prompt, List<GeneratedSample> samples, double temperature, String traceparent)
      throws InterruptedException {
    LogProbsRequest.Builder request =
        LogProbsRequest.newBuilder().setTemperature(temperature).setExpectedDigest(digest.get());
    for (GeneratedSample sample : samples) {
      request.addSequences(sequence(prompt, sample.tokens()));
    }
    try {
      LogProbsResponse response =
          call.call(
              deadline ->
                  TraceContext.attach(stub, traceparent)
                      .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
                      .logProbs(request.build()));
      return checked(response, prompt.length, samples);
    } catch (CallFailedException e) {
      return allMissing(e.status(), e.getMessage(), samples.size());
    }
  }

  private static TokenSequence sequence(int[] prompt, int[] answer) {
    TokenSequence.Builder sequence = TokenSequence.newBuilder();
    for (int token : prompt) {
      sequence.addTokenIds(token).addMask(false);
    }
    for (int token : answer) {
      sequence.addTokenIds(token).addMask(true);
    }
    return sequence.build();
  }

  private ReferenceResult checked(
      LogProbsResponse response, int promptLength, List<GeneratedSample> samples) {
    if (response.getDigest().isEmpty()) {
      return allMissing(
          Status.STATUS_FAILED, "the reference service named no digest", samples.size());
    }
    digest.compareAndSet("", response.getDigest());
    if (!digest.get().equals(response.getDigest())) {
      return allMissing(
          Status.STATUS_FAILED,
          "the reference model changed: its digest is %s, it was %s"
              .formatted(response.getDigest(), digest.get()),
          samples.size());
    }
    if (response.getResultsCount() != samples.size()) {
      return allMissing(
          Status.STATUS_FAILED,
          "the reference service answered for %d of %d answers"
              .formatted(response.getResultsCount(), samples.size()),
          samples.size());
    }
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < samples.size(); i++) {
      rows.add(row(response.getResults(i), promptLength, samples.get(i).tokens().length));
    }
    return new ReferenceResult(response.getDigest(), rows);
  }

  private static Row row(TokenLogProbs result, int promptLength, int answerLength) {
    int expected = promptLength + answerLength;
    if (result.getLogProbsCount() != expected) {
      return Row.missing(
          Status.STATUS_FAILED,
          "the reference service gave %d log-probabilities for %d tokens"
              .formatted(result.getLogProbsCount(), expected));
    }
    List<Float> ofAnswer = result.getLogProbsList().subList(promptLength, expected);
    for (int i = 0; i < answerLength; i++) {
      if (!Float.isFinite(ofAnswer.get(i))) {
        return Row.missing(
            Status.STATUS_FAILED,
            "the reference log-probability of token %d is %s, expected a finite number"
                .formatted(i, ofAnswer.get(i)));
      }
    }
    return new Row(Status.STATUS_OK, ofAnswer, "");
  }

  private static ReferenceResult allMissing(Status status, String error, int count) {
    return new ReferenceResult("", Collections.nCopies(count, Row.missing(status, error)));
  }
}
