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
  /** Direct preference optimisation on pairs. */
  DPO("train a policy on pairs, against a frozen reference (DPO, IPO, hinge, …)"),
  /** Kahneman-Tversky optimisation on single answers. */
  KTO("train a policy on answers that were found good or bad (KTO)"),
  /** Odds-ratio preference optimisation. */
  ORPO("train a policy on pairs without a reference, imitating the chosen answers (ORPO)"),
  /** Simple preference optimisation. */
  SIMPO("train a policy on pairs without a reference (SimPO, CPO)"),
  /** Proximal policy optimisation against a reward service. */
  PPO("optimise a policy against a reward under a KL penalty"),
  /** Group relative policy optimisation and its relatives. */
  GRPO("optimise a policy by holding several answers to a prompt against each other"),
  /** REINFORCE leave-one-out. */
  RLOO("optimise a policy by REINFORCE, with the other answers to a prompt as the baseline"),
  /** REINFORCE with global whitening. */
  REINFORCE_PLUS_PLUS("optimise a policy by REINFORCE, with returns whitened over the update"),
  /** Rejection sampling in rounds. */
  REJECTION_SAMPLING("fine-tune a policy on the best of its own answers, round by round"),
  /** Direct preference optimisation on answers of the policy itself. */
  ONLINE_DPO("optimise a policy by DPO on pairs of its own answers, judged by their scores"),
  /** Advantage-weighted regression on rollouts of another run. */
  AWR("train a policy on the rollouts of an earlier run, the better ones more (AWR)");

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
    return name().toLowerCase(Locale.ROOT).replace("_plus", "+").replace('_', '-');
  }
}
