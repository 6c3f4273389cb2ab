package dev.parley.policy.rollout;

import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.generation.GeneratedSample;
import dev.parley.policy.prompt.EncodedPrompt;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Score;
import io.grpc.ManagedChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Scores of answers to requests, for whoever wants the best of several. Safe for many threads. */
public final class AnswerScores implements AutoCloseable {

  private final ManagedChannel channel;
  private final ScoreClient client;

  /**
   * Prepares; the reward service is looked for with the first request.
   *
   * @param reward scores answers
   * @param metrics hears of calls and retries
   */
  public AnswerScores(RemoteService reward, PolicyMetrics metrics) {
    this.channel = Rollouts.channel(reward);
    this.client =
        new ScoreClient(
            channel, PatientCall.of(ScoreClient.SERVICE, reward.call(), metrics, channel));
  }

  /**
   * Scores the answers to one request, and waits for the scores.
   *
   * @param request what was asked
   * @param encoded the same as tokens and text
   * @param samples the answers
   * @return one score per answer; what is no score has a status and an error
   * @throws InterruptedException if the thread was interrupted while it waited to try again
   */
  public List<Score> score(
      GenerateRequest request, EncodedPrompt encoded, List<GeneratedSample> samples)
      throws InterruptedException {
    Prompt.Builder prompt = Prompt.newBuilder();
    if (request.hasConversation()) {
      prompt.setConversation(request.getConversation());
    }
    return client.score(prompt.build(), encoded, samples);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
