package dev.parley.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.trainer.answers.GroupMetrics;
import dev.parley.trainer.answers.RatioMetrics;
import dev.parley.trainer.configuration.Setting;
import dev.parley.trainer.critic.CriticMetrics;
import dev.parley.trainer.offline.Objective;
import dev.parley.trainer.onpolicy.DynamicSamplingMetrics;
import dev.parley.trainer.onpolicy.OnPolicyMetrics;
import dev.parley.trainer.policygradient.ClipMetrics;
import dev.parley.trainer.preference.AnswerMetrics;
import dev.parley.trainer.preference.ImitationMetrics;
import dev.parley.trainer.preference.LogProbMetrics;
import dev.parley.trainer.preference.PairMetrics;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.StepMetrics;
import dev.parley.trainer.recipe.awr.AwrMetrics;
import dev.parley.trainer.recipe.dpo.DpoMetrics;
import dev.parley.trainer.recipe.grpo.GrpoMetrics;
import dev.parley.trainer.recipe.kto.KtoMetrics;
import dev.parley.trainer.recipe.onlinedpo.OnlineDpoMetrics;
import dev.parley.trainer.recipe.orpo.OrpoMetrics;
import dev.parley.trainer.recipe.ppo.PpoMetrics;
import dev.parley.trainer.recipe.processreward.ProcessRewardMetrics;
import dev.parley.trainer.recipe.reinforce.ReinforceMetrics;
import dev.parley.trainer.recipe.rejection.RejectionMetrics;
import dev.parley.trainer.recipe.rewardmodel.RewardModelMetrics;
import dev.parley.trainer.recipe.rewardregression.RewardRegressionMetrics;
import dev.parley.trainer.recipe.rloo.RlooMetrics;
import dev.parley.trainer.recipe.sft.SftMetrics;
import dev.parley.trainer.recipe.simpo.SimPoMetrics;
import dev.parley.trainer.scores.HeldOutRatings;
import dev.parley.trainer.scores.HeldOutScores;
import dev.parley.trainer.scores.HeldOutSteps;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The pages {@code docs/recipes/*.md} say of settings and metrics what the code does. */
class RecipeDocumentsTest {

  /** Measured by {@link dev.parley.trainer.recipe.UpdateTimer}, whose phases are not constants. */
  private static final String TIMING = "timing/";

  /** Of a recipe's package: loop, loss, configuration. */
  private static final long MOST_LINES = 400;

  /** Returns the table of a recipe's settings: what the page must hold. */
  private static String settingsTable(RecipeName recipe) {
    return "| setting | takes | default | meaning |\n|---|---|---|---|\n"
        + Setting.of(RecipeCatalogue.of(recipe).configuration()).stream()
            .map(
                setting ->
                    "| `%s` | %s | %s | %s |\n"
                        .formatted(
                            setting.key(),
                            cell(setting.accepts()),
                            setting.required()
                                ? "required"
                                : setting.standard().map(value -> "`" + value + "`").orElse("–"),
                            cell(setting.help())))
            .collect(Collectors.joining());
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  private static List<Class<?>> metrics(RecipeName recipe) {
    return switch (recipe) {
      case SFT -> List.of(SftMetrics.class, StepMetrics.class);
      case REWARD_MODEL ->
          List.of(RewardModelMetrics.class, HeldOutScores.class, StepMetrics.class);
      case REWARD_REGRESSION ->
          List.of(RewardRegressionMetrics.class, HeldOutRatings.class, StepMetrics.class);
      case PROCESS_REWARD ->
          List.of(ProcessRewardMetrics.class, HeldOutSteps.class, StepMetrics.class);
      case PPO ->
          List.of(
              PpoMetrics.class,
              CriticMetrics.class,
              GroupMetrics.class,
              OnPolicyMetrics.class,
              RatioMetrics.class);
      case GRPO ->
          List.of(
              GrpoMetrics.class,
              ClipMetrics.class,
              DynamicSamplingMetrics.class,
              GroupMetrics.class,
              OnPolicyMetrics.class,
              RatioMetrics.class);
      case RLOO ->
          List.of(RlooMetrics.class, GroupMetrics.class, OnPolicyMetrics.class, RatioMetrics.class);
      case REINFORCE_PLUS_PLUS ->
          List.of(
              ReinforceMetrics.class,
              ClipMetrics.class,
              GroupMetrics.class,
              OnPolicyMetrics.class,
              RatioMetrics.class);
      case REJECTION_SAMPLING ->
          List.of(RejectionMetrics.class, GroupMetrics.class, OnPolicyMetrics.class);
      case ONLINE_DPO ->
          List.of(
              OnlineDpoMetrics.class,
              DpoMetrics.class,
              AnswerMetrics.class,
              LogProbMetrics.class,
              PairMetrics.class,
              GroupMetrics.class,
              OnPolicyMetrics.class);
      case DPO ->
          List.of(
              DpoMetrics.class,
              AnswerMetrics.class,
              LogProbMetrics.class,
              PairMetrics.class,
              ImitationMetrics.class,
              StepMetrics.class);
      case KTO ->
          List.of(KtoMetrics.class, AnswerMetrics.class, LogProbMetrics.class, StepMetrics.class);
      case ORPO ->
          List.of(OrpoMetrics.class, AnswerMetrics.class, PairMetrics.class, StepMetrics.class);
      case SIMPO ->
          List.of(
              SimPoMetrics.class,
              AnswerMetrics.class,
              PairMetrics.class,
              ImitationMetrics.class,
              StepMetrics.class);
      case AWR -> List.of(AwrMetrics.class, StepMetrics.class);
    };
  }

  /** What is measured on held-out rows under the same names, with a word before them. */
  private static List<Class<?>> measuredOnHeldOutRows(RecipeName recipe) {
    return switch (recipe) {
      case DPO, KTO, ORPO, SIMPO, AWR ->
          metrics(recipe).stream().filter(names -> names != StepMetrics.class).toList();
      default -> List.of();
    };
  }

  private static Set<String> constants(Class<?> names) {
    Set<String> values = new TreeSet<>();
    for (Field field : names.getFields()) {
      assertThat(Modifier.isStatic(field.getModifiers())).as(field.getName()).isTrue();
      try {
        values.add((String) field.get(null));
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e);
      }
    }
    return values;
  }

  @ParameterizedTest
  @EnumSource
  void everySettingStandsThereWithItsDefaultAndItsMeaning(RecipeName recipe) {
    assertThat(new RecipePage(recipe).settings()).isEqualTo(settingsTable(recipe));
  }

  /** Returns the names of all that a recipe measures, but for where its time goes. */
  static Set<String> told(RecipeName recipe) {
    Set<String> told = new TreeSet<>();
    metrics(recipe).forEach(names -> told.addAll(constants(names)));
    measuredOnHeldOutRows(recipe)
        .forEach(names -> constants(names).forEach(name -> told.add(Objective.HELD_OUT + name)));
    if (told.contains(OnPolicyMetrics.EPISODE)) {
      told.addAll(List.of(StepMetrics.SKIPPED_STEPS, StepMetrics.MEMORY_SPLITS));
    }
    return told;
  }

  @ParameterizedTest
  @EnumSource
  void everyMetricIsExplainedAndNoOther(RecipeName recipe) {
    assertThat(new RecipePage(recipe).metrics())
        .filteredOn(name -> !name.startsWith(TIMING))
        .containsExactlyElementsOf(told(recipe));
  }

  @ParameterizedTest
  @EnumSource
  void everyPageHasItsPaperItsCommandsItsPitfallsAndAResult(RecipeName recipe) {
    RecipePage page = new RecipePage(recipe);
    assertThat(page.headings())
        .containsSubsequence(
            "Command", "Data", "Settings", "Metrics", "Pitfalls", "What we measured");
    assertThat(page.text())
        .contains("https://arxiv.org/abs/", "./parley train " + recipe.text())
        .contains("deploy/recipes/" + recipe.text() + ".yaml");
  }

  @ParameterizedTest
  @EnumSource
  void everyRecipeIsOnePackageThatIsReadInOneSitting(RecipeName recipe) throws IOException {
    String name = RecipeCatalogue.of(recipe).getClass().getPackageName().replace('.', '/');
    long lines = 0;
    try (Stream<Path> files = Files.list(Path.of("src", "main", "java").resolve(name))) {
      for (Path file : files.toList()) {
        lines += Files.readAllLines(file).size();
      }
    }
    assertThat(lines).isBetween(1L, MOST_LINES);
  }
}
