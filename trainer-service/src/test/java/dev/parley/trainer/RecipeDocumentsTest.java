package dev.parley.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.trainer.configuration.Setting;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.StepMetrics;
import dev.parley.trainer.recipe.ppo.PpoMetrics;
import dev.parley.trainer.recipe.rewardmodel.RewardModelMetrics;
import dev.parley.trainer.recipe.sft.SftMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The pages {@code docs/recipes/*.md} say of settings and metrics what the code does. */
class RecipeDocumentsTest {

  private static final Pattern NAME = Pattern.compile("(?m)^\\| `([^`]+)`");

  /** Measured by {@link dev.parley.trainer.recipe.UpdateTimer}, whose phases are not constants. */
  private static final String TIMING = "timing/";

  private static String page(RecipeName recipe) {
    Path file = Path.of("..", "docs", "recipes", recipe.text() + ".md");
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns what stands between two comments of a page. */
  private static String section(RecipeName recipe, String name) {
    String page = page(recipe);
    String begin = "<!-- " + name + " -->\n";
    String end = "<!-- end of " + name + " -->";
    assertThat(page).contains(begin, end);
    return page.substring(page.indexOf(begin) + begin.length(), page.indexOf(end));
  }

  /** Returns the table of a recipe's settings: what the page must hold. */
  static String settingsTable(RecipeName recipe) {
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
      case REWARD_MODEL -> List.of(RewardModelMetrics.class, StepMetrics.class);
      case PPO -> List.of(PpoMetrics.class);
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

  /** Returns the metrics that a recipe's page explains. */
  public static Set<String> documentedMetrics(RecipeName recipe) {
    return NAME
        .matcher(section(recipe, "metrics"))
        .results()
        .map(MatchResult::group)
        .map(row -> row.substring(3, row.length() - 1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @EnumSource
  void everySettingStandsThereWithItsDefaultAndItsMeaning(RecipeName recipe) {
    assertThat(section(recipe, "settings")).isEqualTo(settingsTable(recipe));
  }

  @ParameterizedTest
  @EnumSource
  void everyMetricIsExplainedAndNoOther(RecipeName recipe) {
    Set<String> expected = new TreeSet<>();
    metrics(recipe).forEach(names -> expected.addAll(constants(names)));
    if (recipe == RecipeName.PPO) {
      expected.add(StepMetrics.SKIPPED_STEPS);
    }
    assertThat(documentedMetrics(recipe))
        .filteredOn(name -> !name.startsWith(TIMING))
        .containsExactlyElementsOf(expected);
  }
}
