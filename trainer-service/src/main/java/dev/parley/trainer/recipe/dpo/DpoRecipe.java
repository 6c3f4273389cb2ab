package dev.parley.trainer.recipe.dpo;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.experience.AnswerPair;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.offline.OfflineTraining;
import dev.parley.trainer.preference.FDivergence;
import dev.parley.trainer.preference.LossOfAnswers;
import dev.parley.trainer.preference.PairLoss;
import dev.parley.trainer.preference.PairObjective;
import dev.parley.trainer.preference.PairVariant;
import dev.parley.trainer.preference.ReferenceLogProbs;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import java.util.Locale;
import java.util.Optional;

/**
 * Direct preference optimisation: a policy learns from pairs to prefer the chosen answer by more
 * than a frozen reference does (Rafailov et al. 2023). See {@code docs/recipes/dpo.md}.
 */
public final class DpoRecipe implements Recipe<DpoConfig> {

  @Override
  public Class<DpoConfig> configuration() {
    return DpoConfig.class;
  }

  @Override
  public void check(DpoConfig config, Problems problems) {
    DpoConfig.Dpo dpo = config.dpo();
    String variant = dpo.variant().name().toLowerCase(Locale.ROOT).replace('_', '-');
    problems.require(
        dpo.labelSmoothing() == 0 || dpo.variant().smoothsLabels(),
        "dpo.label-smoothing is %s, which dpo.variant %s does not have; give 0, or the variant sigmoid, robust or exo-pair"
            .formatted(dpo.labelSmoothing(), variant));
    problems.require(
        dpo.labelSmoothing() > 0 || dpo.variant() != PairVariant.EXO_PAIR,
        "dpo.variant exo-pair takes the logarithm of dpo.label-smoothing, which is 0; give 0.001 or"
            + " more");
    problems.require(
        dpo.variant().usesDifference()
            || dpo.divergence() == FDivergence.REVERSE_KL && !dpo.referenceFree(),
        "dpo.variant %s sees each answer's log-ratio by itself; dpo.divergence and dpo.reference-free are for sigmoid, robust, hinge, ipo and exo-pair"
            .formatted(variant));
    ReferenceLogProbs.check(config, config.reference(), problems);
  }

  @Override
  public Plan plan(DpoConfig config) {
    return ReferenceLogProbs.describe(training(config).plan("pairs"), config, config.reference());
  }

  @Override
  public boolean run(DpoConfig config, RunContext context) {
    context.log().progress("reading preferences", 0, 0, "pairs", 0);
    OfflineTraining<AnswerPair> training = training(config);
    training.warn(context);
    Optional<ReferenceLogProbs> reference =
        ReferenceLogProbs.open(
            config, config.reference(), LossOfAnswers.answers(training.data().all()), context);
    return reference.isPresent() && training.run(context, objective(config.dpo(), reference.get()));
  }

  private static OfflineTraining<AnswerPair> training(DpoConfig config) {
    return new OfflineTraining<>(
        RecipeName.DPO,
        config,
        config.dpo(),
        OfflineTraining.Kind.POLICY,
        SharedSettings.read(config, LearningData::answerPairs));
  }

  /** Returns the loss of a batch of pairs. */
  static PairObjective objective(DpoConfig.Dpo dpo, ReferenceLogProbs reference) {
    DpoLoss.Settings settings = settings(dpo);
    return (logProbs, batch) -> {
      NDArray refLogProbs = logProbs.getManager().create(reference.logProbs(batch.answers()));
      PairLoss preference =
          DpoLoss.of(
              logProbs,
              refLogProbs,
              batch.rows(),
              batch.doubts(dpo.useConfidence()),
              batch.allPairs(),
              settings);
      return preference
          .term()
          .plus(1, PairObjective.imitation(logProbs, batch, dpo.sftCoefficient(), DpoMetrics.LOSS));
    };
  }

  private static DpoLoss.Settings settings(DpoConfig.Dpo dpo) {
    boolean perToken =
        switch (dpo.logRatio()) {
          case AUTO -> dpo.variant() == PairVariant.IPO;
          case SUM -> false;
          case MEAN -> true;
        };
    return new DpoLoss.Settings(
        dpo.variant(),
        dpo.beta(),
        dpo.labelSmoothing(),
        dpo.divergence(),
        dpo.referenceFree(),
        perToken);
  }
}
