package dev.parley.policy.rollout;

import java.time.Duration;

/**
 * How a policy reads prompts and publishes rollouts.
 *
 * @param runId whose prompts are answered
 * @param instanceId names this policy in rollouts, and is its transactional id: two policies that
 *     run at the same time must not share it
 * @param maxPromptsInFlight prompts begun and not yet published
 * @param versionWait how long a prompt waits for the version that it requires
 * @param transactionTimeout after which the broker aborts what a killed policy left open
 * @param sessionTimeout after which the broker gives a killed policy's prompts to others
 * @param maxRecordBytes largest rollout
 */
public record LoopSettings(
    String runId,
    String instanceId,
    int maxPromptsInFlight,
    Duration versionWait,
    Duration transactionTimeout,
    Duration sessionTimeout,
    int maxRecordBytes) {

  /** Returns the group of all policies that answer this run. */
  String groupId() {
    return "parley-policy-" + runId;
  }
}
