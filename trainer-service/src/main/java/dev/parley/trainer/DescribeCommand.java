package dev.parley.trainer;

import dev.parley.trainer.configuration.Setting;
import dev.parley.trainer.recipe.RecipeName;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints every setting of a recipe with its type, its default and its meaning. */
@Command(name = "describe", description = "Prints the settings of a recipe.")
final class DescribeCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "RECIPE",
      description = "sft, reward-model, dpo, ppo, …: a recipe of docs/recipes",
      converter = RecipeConverter.class)
  private RecipeName recipe;

  @Override
  public Integer call() {
    for (Setting setting : Setting.of(RecipeCatalogue.of(recipe).configuration())) {
      String standard =
          setting.required()
              ? "required"
              : setting.standard().map(value -> "default " + value).orElse("optional");
      spec.commandLine()
          .getOut()
          .printf(
              "%s  (%s; %s)%n    %s%n", setting.key(), setting.accepts(), standard, setting.help());
    }
    return 0;
  }
}
