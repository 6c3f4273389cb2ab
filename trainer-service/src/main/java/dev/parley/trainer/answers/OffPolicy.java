package dev.parley.trainer.answers;

import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.onpolicy.OnPolicyMetrics;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.rl.ImportanceCorrection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What is done where answers were not drawn from the policy that learns: they are older, or the
 * policy service computes in other arithmetic.
 */
public final class OffPolicy {

  private final OnPolicySettings settings;
  private final RunContext context;
  private boolean told;

  /**
   * Prepares.
   *
   * @param settings of the run
   * @param context the run
   */
  public OffPolicy(OnPolicySettings settings, RunContext context) {
    this.settings = settings;
    this.context = context;
  }

  /** Says once why the rollouts' log-probabilities were not taken, or should not be. */
  public void tell(long update, Evaluation evaluation) {
    if (evaluation.remark().isPresent() && !told) {
      told = true;
      context
          .log()
          .warning(
              "old_log_probs",
              "update "
                  + update
                  + ", "
                  + settings.group()
                  + ".old-log-probs="
                  + settings.updates().oldLogProbs().name().toLowerCase(Locale.ROOT)
                  + ": "
                  + evaluation.remark().get()
                  + ". This is told once; "
                  + OnPolicyMetrics.OLD_LOG_PROBS_REUSED
                  + " says whether an update took them from its rollouts");
    }
  }

  /**
   * Returns weights that correct for it {@code [B][T]}; empty where there is nothing to correct.
   *
   * @param update whose answers they are
   * @param samples the answers
   * @param evaluation their log-probabilities
   * @param level what one ratio covers
   */
  public Optional<ImportanceCorrection.Weights> weights(
      long update, List<Sample> samples, Evaluation evaluation, ImportanceCorrection.Level level) {
    boolean older = samples.stream().anyMatch(s -> s.oldestVersion() < update - 1);
    // A policy that samples in int8, say, draws from another distribution than the trainer learns.
    boolean apart = LogProbGap.mean(samples, evaluation.computedLogProbs()) > LogProbGap.AGREEMENT;
    double cap = settings.updates().importanceCap();
    if (!older && !apart || cap == 0) {
      return Optional.empty();
    }
    float[][] logProbs = evaluation.logProbs();
    return Optional.of(
        ImportanceCorrection.truncated(level, cap)
            .weights(logProbs, evaluation.samplingLogProbs(), PerToken.mask(logProbs)));
  }
}
