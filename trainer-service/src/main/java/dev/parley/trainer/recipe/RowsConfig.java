package dev.parley.trainer.recipe;

/** Settings of a recipe that learns from rows of data. */
public interface RowsConfig extends RecipeConfig {

  /** Rows to learn from. */
  Data data();
}
