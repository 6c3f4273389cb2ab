package dev.parley.policy.rollout;

import java.util.Optional;

/** What a policy serves, as far as prompts care. */
public interface ServedVersions {

  /** Returns the number of the version that is served now. */
  long served();

  /** Returns why the version announced last is not served, if it was refused. */
  Optional<String> lastRefusal();
}
