package dev.parley.trainer;

import dev.parley.data.spelling.Spelling;
import dev.parley.trainer.recipe.RecipeName;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a recipe's name as users type it. */
final class RecipeConverter implements ITypeConverter<RecipeName> {

  @Override
  public RecipeName convert(String text) {
    List<String> names = Arrays.stream(RecipeName.values()).map(RecipeName::text).toList();
    int index = names.indexOf(text);
    if (index < 0) {
      throw new TypeConversionException(
          "there is no recipe \""
              + text
              + "\"; did you mean \""
              + Spelling.nearest(text, names)
              + "\"? There are "
              + String.join(", ", names));
    }
    return RecipeName.values()[index];
  }
}
