package dev.parley.reward.scoring;

import dev.parley.model.weights.Digests;
import dev.parley.serving.spelling.Spelling;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a reward model of several attributes says of an answer, and what each weighs (Wang et al.
 * 2024, HelpSteer2, arXiv:2406.08673).
 *
 * @param all in the order of the model's outputs
 */
record Attributes(List<Attribute> all) {

  /** Copies the list. */
  Attributes {
    all = List.copyOf(all);
  }

  /**
   * One of them.
   *
   * @param name as the ratings had it
   * @param weight in the score; 0 if the settings do not name it
   * @param statistics with which its values are normalised; empty if they are raw
   */
  record Attribute(String name, double weight, Optional<RewardStatistics> statistics) {}

  /**
   * Reads the names from a model's directory and the weights from the settings.
   *
   * @param settings the scorer's
   * @param directory the model's
   * @param normalise whether values are normalised
   * @return empty if the directory names no attributes
   * @throws IllegalArgumentException if no weight is given, or one of an attribute that the model
   *     does not have
   */
  static Optional<Attributes> of(ScorerSettings settings, Path directory, boolean normalise) {
    Map<String, Optional<RewardStatistics>> known =
        RewardStatistics.attributes(directory, normalise);
    if (known.isEmpty()) {
      return Optional.empty();
    }
    String names = String.join(", ", known.keySet());
    Map<String, Double> weights =
        settings.numbers("weights", "the weight of an attribute of " + directory + ": " + names);
    for (String name : weights.keySet()) {
      if (!known.containsKey(name)) {
        throw new IllegalArgumentException(
            "%s weighs an attribute that %s does not score: it scores %s; %s"
                .formatted(
                    settings.key("weights." + name),
                    directory,
                    names,
                    Spelling.suggest(name, known.keySet())));
      }
    }
    List<Attribute> all = new ArrayList<>();
    known.forEach(
        (name, statistics) ->
            all.add(new Attribute(name, weights.getOrDefault(name, 0.0), statistics)));
    return Optional.of(new Attributes(all));
  }

  /** Returns their names. */
  List<String> names() {
    return all.stream().map(Attribute::name).toList();
  }

  /** Says what each weighs: {@code "helpfulness × 0.65, verbosity × -0.4"}. */
  String describe() {
    return all.stream()
        .map(attribute -> attribute.name() + " × " + attribute.weight())
        .collect(Collectors.joining(", "));
  }

  /** Returns the SHA-256 of a model's digest with the weights. */
  String version(String model) {
    StringBuilder lines = new StringBuilder("model=" + model + "\n");
    for (Attribute attribute : all) {
      lines.append(attribute.name()).append('=').append(attribute.weight()).append('\n');
    }
    return Digests.ofBytes(lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Returns the value of each attribute by its name.
   *
   * @param scores what the model's head gives, {@code [K]}
   */
  Map<String, Double> values(float[] scores) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (int k = 0; k < scores.length; k++) {
      double raw = scores[k];
      Attribute attribute = all.get(k);
      values.put(attribute.name(), attribute.statistics().map(s -> s.normalise(raw)).orElse(raw));
    }
    return values;
  }

  /** Returns the sum of values times their weights. */
  double total(Map<String, Double> values) {
    return all.stream()
        .mapToDouble(attribute -> attribute.weight() * values.get(attribute.name()))
        .sum();
  }
}
