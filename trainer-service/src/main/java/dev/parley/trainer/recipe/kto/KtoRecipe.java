package dev.parley.trainer.recipe.kto;

import dev.parley.model.LanguageModel;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.experience.JudgedAnswer;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.SoftLabels;
import dev.parley.trainer.offline.Objective;
import dev.parley.trainer.offline.OfflineTraining;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.preference.AnswerLogProbs;
import dev.parley.trainer.preference.LossOfAnswers;
import dev.parley.trainer.preference.ReferenceLogProbs;
import dev.parley.trainer.recipe.EpochOrder;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Kahneman-Tversky optimisation: a policy learns from single answers that were found good or bad
 * (Ethayarajh et al. 2024). See {@code docs/recipes/kto.md}.
 */
public final class KtoRecipe implements Recipe<KtoConfig> {

  @Override
  public Class<KtoConfig> configuration() {
    return KtoConfig.class;
  }

  @Override
  public void check(KtoConfig config, Problems problems) {
    ReferenceLogProbs.check(config, config.reference(), problems);
  }

  @Override
  public Plan plan(KtoConfig config) {
    OfflineTraining<JudgedAnswer> training = training(config);
    long good = training.data().train().stream().filter(JudgedAnswer::desirable).count();
    Plan plan =
        training
            .plan("answers")
            .with("good", good + " of " + training.data().train().size() + " to learn");
    return ReferenceLogProbs.describe(plan, config, config.reference());
  }

  @Override
  public boolean run(KtoConfig config, RunContext context) {
    // 1 answers as tokens, and each prompt with an answer to another
    context.log().progress("reading answers", 0, 0, "answers", 0);
    OfflineTraining<JudgedAnswer> training = training(config);
    training.warn(context);
    Map<JudgedAnswer, LearningSequence> mismatched = new IdentityHashMap<>();
    if (config.kto().origin() == KtoLoss.Origin.MEASURED_KL) {
      mismatched.putAll(mismatch(training.data().train(), config.run().seed()));
      mismatched.putAll(mismatch(training.data().heldOut(), config.run().seed()));
    }
    // 2 what the reference says of all of them
    List<LearningSequence> answers = new ArrayList<>(LossOfAnswers.answers(training.data().all()));
    answers.addAll(mismatched.values());
    Optional<ReferenceLogProbs> reference =
        ReferenceLogProbs.open(config, config.reference(), answers, context);
    // 3 training
    return reference.isPresent()
        && training.run(context, new GoodAndBad(config.kto(), reference.get(), mismatched));
  }

  private static OfflineTraining<JudgedAnswer> training(KtoConfig config) {
    return new OfflineTraining<>(
        RecipeName.KTO,
        config,
        config.kto(),
        OfflineTraining.Kind.POLICY,
        SharedSettings.read(config, LearningData::judgedAnswers));
  }

  private static Map<JudgedAnswer, LearningSequence> mismatch(List<JudgedAnswer> rows, long seed) {
    return JudgedAnswer.mismatched(EpochOrder.shuffled(rows, seed));
  }

  private static KtoLoss.Settings settings(KtoConfig.Kto kto) {
    return new KtoLoss.Settings(
        kto.origin(), kto.beta(), kto.desirableWeight(), kto.undesirableWeight());
  }

  /**
   * Wants good answers likelier, and bad ones less likely, than answers that have nothing to do
   * with the prompt.
   *
   * @param kto the settings
   * @param reference what the frozen model says of answers and of mismatched ones
   * @param mismatched for each row its prompt with another row's answer; empty if z_0 is not
   *     measured
   */
  private record GoodAndBad(
      KtoConfig.Kto kto,
      ReferenceLogProbs reference,
      Map<JudgedAnswer, LearningSequence> mismatched)
      implements Objective<JudgedAnswer> {

    @Override
    public Work<Metrics> work(Learner learner, List<JudgedAnswer> rows, Accumulation accumulation) {
      return loss(learner.model(), rows, accumulation).work(learner, rows);
    }

    @Override
    public Evaluation evaluate(
        LanguageModel model, List<JudgedAnswer> rows, Accumulation accumulation) {
      return heldOut(loss(model, rows, accumulation).measure(model, rows, accumulation));
    }

    /** Returns the loss of parts of some rows. */
    private LossOfAnswers<JudgedAnswer> loss(
        LanguageModel model, List<JudgedAnswer> all, Accumulation accumulation) {
      double referencePoint = referencePoint(model, all, accumulation);
      long good = all.stream().filter(JudgedAnswer::desirable).count();
      KtoLoss.Counts counts = new KtoLoss.Counts(good, all.size() - good);
      return (logProbs, rows) -> {
        boolean[] desirable = new boolean[rows.size()];
        for (int i = 0; i < desirable.length; i++) {
          desirable[i] = rows.get(i).desirable();
        }
        float[] refLogProbs = reference.logProbs(LossOfAnswers.answers(rows));
        KtoLoss.Result result =
            KtoLoss.of(
                logProbs,
                logProbs.getManager().create(refLogProbs),
                desirable,
                SoftLabels.doubts(
                    kto.useConfidence(), rows.stream().mapToDouble(JudgedAnswer::confidence)),
                referencePoint,
                counts,
                settings(kto));
        return new LossTerm(result.loss(), result.metrics());
      };
    }

    /** Returns z_0 of a batch, without gradient. */
    private double referencePoint(
        LanguageModel model, List<JudgedAnswer> rows, Accumulation accumulation) {
      if (mismatched.isEmpty()) {
        return 0;
      }
      List<LearningSequence> answers = rows.stream().map(mismatched::get).toList();
      float[] policy = AnswerLogProbs.of(model, answers, accumulation);
      return KtoLoss.referencePoint(policy, reference.logProbs(answers));
    }
  }
}
