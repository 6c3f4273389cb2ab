package dev.parley.reward.scoring;

import dev.parley.model.weights.Digests;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Other scorers that a scorer is made of, in order.
 *
 * @param all at least one
 */
record Parts(List<Part> all) {

  /** Copies the list. */
  Parts {
    all = List.copyOf(all);
  }

  /**
   * One of them.
   *
   * @param name its name in the configuration
   * @param scorer what scores
   */
  record Part(String name, Scorer scorer) {}

  void load() {
    all.forEach(part -> part.scorer().load());
  }

  void close() {
    all.forEach(part -> part.scorer().close());
  }

  /** Returns the SHA-256 of a configuration with the versions of the parts. */
  String version(String configuration) {
    StringBuilder lines = new StringBuilder(configuration + "\n");
    for (Part part : all) {
      lines.append(part.name()).append('=').append(part.scorer().version()).append('\n');
    }
    return Digests.ofBytes(lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Returns the names of all parts, each before its own components'. */
  List<String> components() {
    List<String> names = new ArrayList<>();
    for (Part part : all) {
      names.add(part.name());
      part.scorer().components().forEach(name -> names.add(part.name() + "." + name));
    }
    return names;
  }

  /** Returns the verdicts of all parts, in their order, for each item. */
  List<List<Verdict>> score(List<Item> items) {
    List<List<Verdict>> byPart = all.stream().map(part -> part.scorer().score(items)).toList();
    return IntStream.range(0, items.size())
        .mapToObj(item -> byPart.stream().map(verdicts -> verdicts.get(item)).toList())
        .toList();
  }

  /** Returns the values of those verdicts that have one, each with its own components. */
  Map<String, Double> components(List<Verdict> verdicts) {
    Map<String, Double> components = new LinkedHashMap<>();
    for (int i = 0; i < verdicts.size(); i++) {
      Verdict verdict = verdicts.get(i);
      if (verdict.ok()) {
        String part = all.get(i).name();
        components.put(part, verdict.value());
        verdict.components().forEach((name, value) -> components.put(part + "." + name, value));
      }
    }
    return components;
  }

  /**
   * Makes the verdict that comes of those of the parts. What was read out of the answer is what the
   * first part read that did not judge all of it.
   *
   * @param value the score
   * @param components the parts' and its own
   * @param verdicts of the parts, in their order
   */
  Verdict composed(double value, Map<String, Double> components, List<Verdict> verdicts) {
    Verdict composed = Verdict.of(value, components);
    return verdicts.stream()
        .flatMap(verdict -> verdict.extracted().stream())
        .findFirst()
        .map(composed::withExtracted)
        .orElse(composed);
  }

  /** Returns why parts failed, one sentence for each that did. */
  List<String> failures(List<Verdict> verdicts) {
    List<String> failures = new ArrayList<>();
    for (int i = 0; i < verdicts.size(); i++) {
      if (!verdicts.get(i).ok()) {
        failures.add(all.get(i).name() + ": " + verdicts.get(i).error());
      }
    }
    return failures;
  }
}
