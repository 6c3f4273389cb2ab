package dev.parley.reward.scoring;

import dev.parley.serving.spelling.Spelling;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The types of scorer that a configuration may name. A new one is one line here. */
final class ScorerTypes {

  private static final Map<String, Factory> ALL = new LinkedHashMap<>();

  static {
    ALL.put("model", ModelScorer::of);
    ALL.put("process-model", ModelScorer::ofSteps);
    ALL.put("judge", JudgeScorer::of);
    ALL.put("weighted-sum", WeightedSumScorer::of);
    ALL.put("ensemble", EnsembleScorer::of);
    ALL.put("safety-gate", SafetyGateScorer::of);
    ALL.put("adjusted", AdjustedScorer::of);
    ALL.put("length", rule(LengthRule::of));
    ALL.put("regex", rule(RegexRule::of));
    ALL.put("keyword", rule(KeywordRule::of));
    ALL.put("format", rule(FormatRule::of));
    ALL.put("math", rule(MathRule::of));
    ALL.put("exact", rule(ExactRule::of));
    ALL.put("json-schema", rule(JsonSchemaRule::of));
    ALL.put("code", CodeScorer::of);
  }

  private ScorerTypes() {}

  /** Returns the names of all types. */
  static Set<String> names() {
    return Collections.unmodifiableSet(ALL.keySet());
  }

  /** Makes a scorer of one type. */
  @FunctionalInterface
  interface Factory {

    /**
     * Makes a scorer, which loads nothing yet.
     *
     * @param settings the scorer's own
     * @param surroundings what it may need of the others
     * @throws IllegalArgumentException if a setting cannot be used; the message names its key
     */
    Scorer create(ScorerSettings settings, Surroundings surroundings);
  }

  /**
   * What a scorer may need beside its settings.
   *
   * @param name its own name
   * @param others finds another scorer by its name; the key that names it is for messages
   * @param listener hears of forward passes
   */
  record Surroundings(String name, Others others, ForwardListener listener) {}

  /** The scorers of one configuration. */
  @FunctionalInterface
  interface Others {

    /**
     * Finds a scorer.
     *
     * @param name its name
     * @param key the key that names it
     * @throws IllegalArgumentException if there is none of this name, or it needs the one that asks
     */
    Scorer find(String name, String key);
  }

  private static Factory rule(Function<ScorerSettings, Rule> factory) {
    return (settings, surroundings) -> {
      Rule rule = factory.apply(settings);
      return new RuleScorer(rule, settings.digest());
    };
  }

  /**
   * Returns the factory of a type.
   *
   * @param key the key that names it, for messages
   * @throws IllegalArgumentException if there is no such type
   */
  static Factory find(String type, String key) {
    Factory factory = ALL.get(type);
    if (factory == null) {
      throw new IllegalArgumentException(
          key
              + " is \""
              + type
              + "\", expected "
              + String.join(", ", ALL.keySet())
              + "; "
              + Spelling.suggest(type, ALL.keySet()));
    }
    return factory;
  }
}
