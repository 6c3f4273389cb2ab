package dev.parley.cli.broker;

import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What the topics are like, for whoever makes them. */
final class TopicOptions {

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "4",
      description =
          "Partitions of prompts and rollouts: as many policies can share the work. Default:"
              + " ${DEFAULT-VALUE}.")
  private int partitions;

  @Option(
      names = "--retention-hours",
      paramLabel = "N",
      defaultValue = "168",
      description = "Hours that records are kept. Default: ${DEFAULT-VALUE}.")
  private long retentionHours;

  @Option(
      names = "--dead-letter-retention-hours",
      paramLabel = "N",
      defaultValue = "672",
      description = "Hours that dead letters are kept. Default: ${DEFAULT-VALUE}.")
  private long deadLetterRetentionHours;

  @Option(
      names = "--max-message-bytes",
      paramLabel = "N",
      defaultValue = "" + TopicSettings.LARGEST_MESSAGE,
      description =
          "The largest record: policies' rollout.max-record-bytes and 64 KiB. Default:"
              + " ${DEFAULT-VALUE}.")
  private int maxMessageBytes;

  /**
   * The settings, checked.
   *
   * @param spec of the command that has these options, for the error
   * @param copies of each record
   * @param minInSync copies that must be written before a record counts
   */
  TopicSettings settings(CommandSpec spec, int copies, int minInSync) {
    try {
      return new TopicSettings(
          partitions,
          copies,
          minInSync,
          Duration.ofHours(retentionHours),
          Duration.ofHours(deadLetterRetentionHours),
          maxMessageBytes);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }
}
