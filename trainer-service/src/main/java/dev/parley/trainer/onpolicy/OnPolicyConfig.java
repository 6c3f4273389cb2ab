package dev.parley.trainer.onpolicy;

import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.recipe.RecipeConfig;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;

/**
 * Settings of every recipe that learns from its own answers. A recipe's own interface extends this
 * one and adds groups that extend those declared here, with defaults of its own.
 */
public interface OnPolicyConfig extends RecipeConfig {

  /** How policies draw answers. */
  Sampling sampling();

  /** The policy's optimizer. */
  Optimizer optimizer();

  /** Prompts. */
  interface Prompts {

    @Help("Files, directories or patterns of prompts; of pairs and demonstrations, the prompts.")
    List<String> files();

    @Help("Count bad rows and go on, instead of stopping at the first.")
    @WithDefault("false")
    boolean skipBad();

    @Help("Prompts with more tokens are left out and counted.")
    @WithDefault("512")
    @Within("[1, ∞)")
    int maxTokens();

    @Help("Prompts per update.")
    @WithDefault("64")
    @Within("[1, ∞)")
    int perUpdate();

    @Help("Answers per prompt.")
    @WithDefault("1")
    @Within("[1, ∞)")
    int samples();
  }

  /** Prompts that are answered several times. */
  interface Groups extends Prompts {

    @Override
    @Help("Answers per prompt, which are held against each other.")
    @WithDefault("8")
    @Within("[2, ∞)")
    int samples();
  }

  /** How policies draw answers. */
  interface Sampling {

    @Help("Divides the logits; the learner's log-probabilities are tempered alike.")
    @WithDefault("1.0")
    @Within("(0, ∞)")
    double temperature();

    @Help("Keep only this many tokens; 0 keeps all. Others make the learner off-policy.")
    @WithDefault("0")
    @Within("[0, ∞)")
    int topK();

    @Help("Keep the smallest set of tokens of this probability; 1 keeps all.")
    @WithDefault("1.0")
    @Within("(0, 1]")
    double topP();

    @Help("Most tokens of an answer.")
    @WithDefault("128")
    @Within("[1, ∞)")
    int maxNewTokens();

    @Help("No stop token is drawn before this many tokens.")
    @WithDefault("0")
    @Within("[0, ∞)")
    int minNewTokens();

    @Help("Texts that end an answer.")
    Optional<List<String>> stopStrings();
  }

  /** Where the KL's other side comes from. */
  interface Kl {

    @Help(
        "service: reference log-probabilities come with the rollouts. adapter-off: the trainer"
            + " computes them itself, with its weights as they were before the adapter; no service"
            + " is needed.")
    @WithDefault("service")
    Reference reference();
  }

  /** The KL to the reference where it has a price. */
  interface KlPenalty extends Kl {

    @Help("β: what a nat of KL costs, in units of the score. 0 needs no reference.")
    @WithDefault("0.05")
    @Within("[0, ∞)")
    double coefficient();

    @Help("fixed, or adaptive towards kl.target (Ziegler et al. 2019, §2.2).")
    @WithDefault("fixed")
    Controller controller();

    @Help("Nats per answer that the adaptive coefficient aims at.")
    @WithDefault("6.0")
    @Within("(0, ∞)")
    double target();

    @Help("Answers over which the adaptive coefficient may change by its own size.")
    @WithDefault("10000")
    @Within("(0, ∞)")
    double horizon();
  }

  /** How the KL's coefficient changes. */
  enum Controller {
    /** Not at all. */
    FIXED,
    /** With the KL measured. */
    ADAPTIVE
  }

  /** Who says what the frozen model says. */
  enum Reference {
    /** The reference service, through the rollouts. */
    SERVICE,
    /** The trainer, with the policy's adapter switched off. */
    ADAPTER_OFF
  }

  /** What becomes of scores. */
  interface Reward {

    @Help("Scores are clipped to ± this; 0 switches clipping off.")
    @WithDefault("10.0")
    @Within("[0, ∞)")
    double clip();

    @Help("Stop the run if a smaller share of an update's answers can be learnt from.")
    @WithDefault("0.5")
    @Within("(0, 1]")
    double quorum();

    @Help(
        "How often an update asks prompts again whose answers cannot be learnt from, before"
            + " reward.quorum stops the run.")
    @WithDefault("3")
    @Within("[0, ∞)")
    int retries();

    @Help(
        "Tokens before sampling.max-new-tokens over which a penalty for length grows from 0 (DAPO,"
            + " Yu et al. 2025, eq. 13); 0 switches it off.")
    @WithDefault("0")
    @Within("[0, ∞)")
    int overlongBuffer();

    @Help("What an answer of sampling.max-new-tokens loses by reward.overlong-buffer.")
    @WithDefault("1.0")
    @Within("[0, ∞)")
    double overlongPenalty();

    @Help("Learn nothing from answers that were cut off; averages still count them.")
    @WithDefault("false")
    boolean maskTruncated();

    @Help("Subtracted from the score of an answer that did not end by itself.")
    @WithDefault("0.0")
    @Within("[0, ∞)")
    double missingEosPenalty();
  }

  /** Updates and where their rollouts come from. */
  interface Updates {

    @Help("Updates: batches of rollouts to learn from.")
    @WithDefault("100")
    @Within("[1, ∞)")
    int updates();

    @Help("Passes over each batch.")
    @WithDefault("1")
    @Within("[1, ∞)")
    int epochs();

    @Help("Optimizer steps per pass.")
    @WithDefault("1")
    @Within("[1, ∞)")
    int minibatches();

    @Help("Updates that rollouts may lag behind; 0 is on-policy.")
    @WithDefault("0")
    @Within("[0, ∞)")
    int maxStaleness();

    @Help(
        "Weights above this are truncated where rollouts are off-policy, or the policy's log-probs"
            + " are not the trainer's; 0 switches it off.")
    @WithDefault("2.0")
    @Within("[0, ∞)")
    double importanceCap();

    @Help(
        "Where log π_old comes from. recompute: from the trainer. rollout: from the policy service,"
            + " if the weights have not changed since. auto: likewise, if both agree on a few"
            + " answers.")
    @WithDefault("recompute")
    OldLogProbs oldLogProbs();

    @Help("Seconds without any rollout after which the run gives up.")
    @WithDefault("600")
    @Within("[1, ∞)")
    int rolloutTimeout();
  }

  /** Steps along a clipped policy gradient. */
  interface Steps extends Updates {

    @Help("Ratios below 1 − this are clipped.")
    @WithDefault("0.2")
    @Within("[0, 1]")
    double clipLow();

    @Help("Ratios above 1 + this are clipped; larger than clip-low in DAPO's clip-higher.")
    @WithDefault("0.2")
    @Within("[0, ∞)")
    double clipHigh();

    @Help("Weight of the entropy bonus.")
    @WithDefault("0.0")
    @Within("[0, ∞)")
    double entropyCoefficient();

    @Help("End an update's passes once policy/approxkl_avg exceeds this; 0 never does.")
    @WithDefault("0.0")
    @Within("[0, ∞)")
    double targetKl();
  }

  /** Where log π_old comes from. */
  enum OldLogProbs {
    /** The trainer computes it. */
    RECOMPUTE,
    /** The policy service told it. */
    ROLLOUT,
    /** The policy service told it, and the trainer agrees. */
    AUTO
  }
}
