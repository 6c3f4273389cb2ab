package dev.parley.trainer.policygradient;

import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.answers.AnswerReport;
import dev.parley.trainer.answers.Minibatch;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.optimization.Learner;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What learns from an update's answers: a policy alone, or with a value function. */
public interface Agent {

  /** Returns the policy. */
  Learner policy();

  /** Returns what gives values: the policy itself if they share a trunk; empty if nothing does. */
  Optional<Learner> values();

  /**
   * Returns whether the policy learns in an update, too, and not only its value function.
   *
   * @param update its number, from 1
   */
  boolean policyLearns(long update);

  /**
   * Begins an update.
   *
   * @param update its number, from 1
   * @param answers what is known of its answers
   * @param estimate what the method made of them
   * @param report is told how well values foresaw the returns
   */
  Steps begin(
      long update,
      PolicyMethod.Answers answers,
      PolicyMethod.Estimate estimate,
      AnswerReport report);

  /** The optimizer steps of an update. */
  interface Steps {

    /** Returns what learns. */
    List<Learner> learning();

    /**
     * Goes back through the passes over some answers, and closes them.
     *
     * @param part the answers, N tokens
     * @param worker its number, which says where gradients are added
     * @param weights of {@link dev.parley.trainer.loss.Aggregation#weights}, {@code [N]}
     * @param policyLoss the policy's loss, from its pass
     * @return what was measured
     */
    Metrics backward(
        Minibatch.Part part,
        int worker,
        float[] weights,
        Function<ForwardPass, LossTerm> policyLoss);

    /**
     * Takes a step along the gradients that were added up.
     *
     * @param figures of the minibatch
     * @param report is told of them and of the step
     * @return what each learner did
     */
    List<Learner.Step> step(Metrics figures, AnswerReport report);

    /** Ends the update. */
    default void end() {}
  }
}
