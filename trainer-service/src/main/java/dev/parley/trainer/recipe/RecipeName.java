package dev.parley.trainer.recipe;

import java.util.Locale;

/** The recipes, by the names that users type. */
public enum RecipeName {
  /** Supervised fine-tuning on demonstrations. */
  SFT("fine-tune a model on demonstrations"),
  /** A reward model from preferences. */
  REWARD_MODEL("train a reward model on preferences (Bradley-Terry)"),
  /** A reward model from ratings. */
  REWARD_REGRESSION("train a reward model on ratings: answers with numbers"),
  /** A reward model of steps. */
  PROCESS_REWARD("train a reward model that judges the steps of an answer"),
  /** Proximal policy optimisation against a reward service. */
  PPO("optimise a policy against a reward under a KL penalty");

  private final String description;

  RecipeName(String description) {
    this.description = description;
  }

  /** Returns what it does, in a few words. */
  public String description() {
    return description;
  }

  /** Returns the name that users type. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
