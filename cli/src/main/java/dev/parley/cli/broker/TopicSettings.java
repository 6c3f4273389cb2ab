package dev.parley.cli.broker;

import java.time.Duration;

/**
 * What differs between brokers in Parley's topics.
 *
 * @param partitions of prompts and rollouts, at least 1; other topics have one
 * @param copies of each record, at least 1
 * @param minInSync copies that must be written before a record counts; at most {@code copies}
 * @param retention how long records are kept
 * @param deadLetterRetention how long dead letters are kept
 * @param maxMessageBytes the largest record
 */
record TopicSettings(
    int partitions,
    int copies,
    int minInSync,
    Duration retention,
    Duration deadLetterRetention,
    int maxMessageBytes) {

  /** A rollout holds a group of answers with their log-probabilities, hence the size. */
  static final int LARGEST_MESSAGE = 16 << 20;

  /** Checks the numbers. */
  TopicSettings {
    require(partitions >= 1, "partitions is " + partitions + "; expected at least 1");
    require(
        copies >= 1 && copies <= Short.MAX_VALUE,
        "replication-factor is " + copies + "; expected at least 1");
    require(
        minInSync >= 1 && minInSync <= copies,
        "min-in-sync-replicas is %d; expected 1 to %d, which is replication-factor"
            .formatted(minInSync, copies));
    require(
        retention.compareTo(Duration.ZERO) > 0,
        "retention-hours is " + retention.toHours() + "; expected at least 1");
    require(
        deadLetterRetention.compareTo(Duration.ZERO) > 0,
        "dead-letter-retention-hours is "
            + deadLetterRetention.toHours()
            + "; expected at least 1");
    require(
        maxMessageBytes >= 131072,
        "max-message-bytes is " + maxMessageBytes + "; expected at least 131072");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
