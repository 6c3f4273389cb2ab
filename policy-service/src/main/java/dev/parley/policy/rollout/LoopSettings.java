package dev.parley.policy.rollout;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * How a policy reads prompts and publishes rollouts.
 *
 * @param runId whose prompts are answered
 * @param instanceId names this policy in rollouts, and is its transactional id: two policies that
 *     run at the same time must not share it
 * @param kafka the clients' settings: addresses, security
 * @param maxPromptsInFlight prompts begun and not yet published
 * @param versionWait how long a prompt waits for the version that it requires
 * @param transactionTimeout after which the broker aborts what a killed policy left open
 * @param sessionTimeout after which the broker gives a killed policy's prompts to others
 * @param maxRecordBytes largest rollout
 */
public record LoopSettings(
    String runId,
    String instanceId,
    Map<String, Object> kafka,
    int maxPromptsInFlight,
    Duration versionWait,
    Duration transactionTimeout,
    Duration sessionTimeout,
    int maxRecordBytes) {

  /** Copies the map. */
  public LoopSettings {
    kafka = Map.copyOf(kafka);
  }

  /** Returns the group of all policies that answer this run. */
  public String groupId() {
    return "parley-policy-" + runId;
  }

  /** Returns a copy of the clients' settings, to be added to. */
  Map<String, Object> client() {
    return new HashMap<>(kafka);
  }
}
