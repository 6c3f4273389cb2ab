package dev.parley.model.family;

import java.util.List;

/** The families that Parley knows. A new one is one line here. */
public final class Families {

  private static final List<Family> ALL =
      List.of(new Llama(), new Qwen2(), new Gpt2(), new Mistral(), new Qwen3(), new Gemma2());

  private Families() {}

  /** Returns the {@code model_type} of every family. */
  public static List<String> modelTypes() {
    return ALL.stream().map(Family::modelType).toList();
  }

  /**
   * Returns the family of a model.
   *
   * @param config its config.json
   * @throws ModelConfigException if no family has its {@code model_type}
   */
  public static Family of(ModelConfig config) {
    String modelType = config.text("model_type");
    return ALL.stream()
        .filter(family -> family.modelType().equals(modelType))
        .findFirst()
        .orElseThrow(
            () ->
                new ModelConfigException(
                    config.origin()
                        + ": \"model_type\" is \""
                        + modelType
                        + "\", which Parley does not know; it knows "
                        + String.join(", ", modelTypes())));
  }
}
