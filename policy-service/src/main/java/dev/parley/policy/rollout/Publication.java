package dev.parley.policy.rollout;

import com.google.protobuf.ByteString;
import dev.parley.proto.Topics;
import dev.parley.proto.rollout.v1.DeadLetter;
import dev.parley.proto.rollout.v1.Rollout;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What is to be published for one record of the topic of prompts.
 *
 * @param source the record
 * @param arrivedNanos when it was read, on {@link System#nanoTime}
 * @param rollout the rollout; empty for a record that is no prompt, or one of another run
 * @param promptDefect why the record goes to the dead letters, if it does
 * @param rolloutDefect why the rollout goes to the dead letters as well, if it does
 */
record Publication(
    ConsumerRecord<String, byte[]> source,
    long arrivedNanos,
    Optional<Rollout> rollout,
    Optional<String> promptDefect,
    Optional<String> rolloutDefect) {

  /** Nothing: the prompt is another run's. */
  static Publication nothing(ConsumerRecord<String, byte[]> source, long arrivedNanos) {
    return new Publication(
        source, arrivedNanos, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** A dead letter only: the record is no prompt. */
  static Publication unreadable(
      ConsumerRecord<String, byte[]> source, long arrivedNanos, String defect) {
    return new Publication(
        source, arrivedNanos, Optional.empty(), Optional.of(defect), Optional.empty());
  }

  /** A rollout that says that the prompt cannot be answered, and a dead letter. */
  static Publication unanswered(
      ConsumerRecord<String, byte[]> source, long arrivedNanos, Rollout rollout) {
    return new Publication(
        source,
        arrivedNanos,
        Optional.of(rollout),
        Optional.of(rollout.getError()),
        Optional.empty());
  }

  /** A rollout, and a copy of it among the dead letters if it lacks something. */
  static Publication answered(
      ConsumerRecord<String, byte[]> source, long arrivedNanos, Rollout rollout) {
    return new Publication(
        source,
        arrivedNanos,
        Optional.of(rollout),
        Optional.empty(),
        RolloutRecords.defect(rollout));
  }

  /** Returns the same with a changed rollout, if it has one. */
  Publication withRollout(UnaryOperator<Rollout> change) {
    return new Publication(source, arrivedNanos, rollout.map(change), promptDefect, rolloutDefect);
  }

  /** Returns the dead letter of the prompt. */
  DeadLetter promptLetter(String reason) {
    DeadLetter.Builder letter =
        DeadLetter.newBuilder()
            .setTopic(source.topic())
            .setPartition(source.partition())
            .setOffset(source.offset())
            .setReason(reason)
            .setRejectedAtMs(System.currentTimeMillis());
    if (source.value() != null) {
      letter.setValue(ByteString.copyFrom(source.value()));
    }
    return letter.build();
  }

  /** Returns the dead letter of a rollout that was written at an offset. */
  static DeadLetter rolloutLetter(byte[] rollout, int partition, long offset, String reason) {
    return DeadLetter.newBuilder()
        .setTopic(Topics.ROLLOUTS)
        .setPartition(partition)
        .setOffset(offset)
        .setReason(reason)
        .setValue(ByteString.copyFrom(rollout))
        .setRejectedAtMs(System.currentTimeMillis())
        .build();
  }
}
