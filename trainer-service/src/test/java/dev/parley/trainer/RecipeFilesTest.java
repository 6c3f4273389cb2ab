package dev.parley.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.trainer.configuration.Configuration;
import dev.parley.trainer.configuration.Setting;
import dev.parley.trainer.recipe.RecipeName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The files {@code deploy/recipes/RECIPE.yaml} hold settings that their recipe has. Beside them lie
 * settings of the reward service, which begin with {@code parley}.
 */
class RecipeFilesTest {

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("..", "deploy", "recipes"))) {
      return files
          .filter(file -> file.toString().endsWith(".yaml") && !isOfAService(file))
          .sorted()
          .toList();
    }
  }

  private static boolean isOfAService(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.anyMatch(line -> line.startsWith("parley"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RecipeName recipe(Path file) {
    String name = file.getFileName().toString().replace(".yaml", "");
    return Stream.of(RecipeName.values())
        .filter(recipe -> recipe.text().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(file + " is named after no recipe"));
  }

  @ParameterizedTest
  @EnumSource
  void everyRecipeHasAFile(RecipeName recipe) throws IOException {
    assertThat(files())
        .extracting(RecipeFilesTest::recipe)
        .as("deploy/recipes/%s.yaml", recipe.text())
        .contains(recipe);
  }

  @ParameterizedTest
  @MethodSource("files")
  void everySettingOfAFileIsOneOfItsRecipe(Path file) {
    Class<?> type = RecipeCatalogue.of(recipe(file)).configuration();
    List<String> required =
        Setting.of(type).stream()
            .filter(Setting::required)
            .map(setting -> setting.key() + "=given")
            .toList();
    assertThat(Configuration.load(type, Optional.of(file), required).values())
        .containsEntry("run.id", "given");
  }
}
