package dev.parley.policy.rollout;

import dev.parley.policy.prompt.PromptReading;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Rollout;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * One record of the topic of prompts between being read and being published: first it waits, then
 * it is begun, then there is something to publish.
 */
final class PendingPrompt {

  private final ConsumerRecord<String, byte[]> source;
  private final long arrivedNanos;
  private final Optional<Prompt> prompt;
  private RolloutInProgress inProgress;
  private Publication publication;

  PendingPrompt(ConsumerRecord<String, byte[]> source, long arrivedNanos, String runId) {
    this.source = source;
    this.arrivedNanos = arrivedNanos;
    PromptReading reading = PromptReading.of(source.value(), runId);
    this.prompt = reading.prompt().map(read -> traced(read, source));
    if (reading.defect().isPresent()) {
      publication = Publication.unreadable(source, arrivedNanos, reading.defect().get());
    } else if (prompt.isEmpty()) {
      publication = Publication.nothing(source, arrivedNanos);
    }
  }

  /** A client that is instrumented, but does not know of the field, leaves a header. */
  private static Prompt traced(Prompt prompt, ConsumerRecord<String, byte[]> source) {
    String header = TraceContext.in(source.headers());
    return prompt.getTraceparent().isEmpty() && !header.isEmpty()
        ? prompt.toBuilder().setTraceparent(header).build()
        : prompt;
  }

  ConsumerRecord<String, byte[]> source() {
    return source;
  }

  long arrivedNanos() {
    return arrivedNanos;
  }

  /** Returns the prompt; there is one as long as this waits. */
  Prompt prompt() {
    return prompt.orElseThrow();
  }

  /** Returns whether nothing was done for it yet. */
  boolean waits() {
    return inProgress == null && publication == null;
  }

  /** Returns whether it takes one of the places of prompts in flight. */
  boolean inFlight() {
    return inProgress != null;
  }

  void begun(RolloutInProgress begun) {
    inProgress = begun;
  }

  /** Sets, or replaces, what is to be published. */
  void settle(Publication settled) {
    publication = settled;
  }

  /**
   * Returns what is to be published, if it is known yet.
   *
   * @throws java.util.concurrent.CompletionException if the prompt was given up by somebody else
   * @throws java.util.concurrent.CancellationException likewise
   */
  Optional<Publication> publication() {
    if (publication == null && inProgress != null && inProgress.result().isDone()) {
      Rollout rollout = inProgress.result().join();
      publication = settled(rollout);
    }
    return Optional.ofNullable(publication);
  }

  private Publication settled(Rollout rollout) {
    return rollout.getCompletionsCount() == 0
        ? Publication.unanswered(source, arrivedNanos, rollout)
        : Publication.answered(source, arrivedNanos, rollout);
  }

  /** Gives it up, so that whoever reads it next begins anew. */
  void cancel() {
    if (inProgress != null) {
      inProgress.cancel();
    }
  }
}
