package dev.parley.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The page {@code docs/recipes/RECIPE.md}. */
public final class RecipePage {

  private static final Pattern NAME = Pattern.compile("(?m)^\\| `([^`]+)`");

  private final String text;

  RecipePage(RecipeName recipe) {
    try {
      text = Files.readString(Path.of("..", "docs", "recipes", recipe.text() + ".md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a recipe's page. */
  public static RecipePage of(Recipe<?> recipe) {
    return new RecipePage(
        Stream.of(RecipeName.values())
            .filter(name -> RecipeCatalogue.of(name).getClass() == recipe.getClass())
            .findFirst()
            .orElseThrow());
  }

  /** Returns the table of settings. */
  String settings() {
    return section("settings");
  }

  /** Returns the names of the metrics that the page explains. */
  public Set<String> metrics() {
    return NAME.matcher(section("metrics"))
        .results()
        .map((MatchResult row) -> row.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Returns the headings, in order. */
  List<String> headings() {
    return text.lines().filter(line -> line.startsWith("## ")).map(l -> l.substring(3)).toList();
  }

  /** Returns all of it. */
  String text() {
    return text;
  }

  /** Returns what stands between two comments. */
  private String section(String name) {
    String begin = "<!-- " + name + " -->\n";
    String end = "<!-- end of " + name + " -->";
    assertThat(text).contains(begin, end);
    return text.substring(text.indexOf(begin) + begin.length(), text.indexOf(end));
  }
}
