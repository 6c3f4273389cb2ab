package dev.parley.reward.scoring;

import dev.parley.model.weights.Digests;
import dev.parley.reward.scoring.ScorerTypes.Surroundings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adds up the values of other scorers, each times its weight. */
final class WeightedSumScorer implements Scorer {

  private static final String SKIPPED = "skipped_parts";

  /** What a part that fails does to the sum. */
  enum OnFailure {
    /** The sum fails. */
    FAIL,
    /** The sum goes without it, as if its value were 0; {@value #SKIPPED} counts them. */
    SKIP
  }

  /** One of the scorers. */
  private record Part(String name, double weight, Scorer scorer) {}

  private final List<Part> parts;
  private final OnFailure onFailure;
  private final String configuration;

  private WeightedSumScorer(List<Part> parts, OnFailure onFailure, String configuration) {
    this.parts = parts;
    this.onFailure = onFailure;
    this.configuration = configuration;
  }

  static WeightedSumScorer of(ScorerSettings settings, Surroundings surroundings) {
    List<Part> parts = new ArrayList<>();
    settings
        .numbers("weights", "the weight of another scorer")
        .forEach(
            (name, weight) -> {
              Scorer scorer = surroundings.others().find(name, settings.key("weights." + name));
              parts.add(new Part(name, weight, scorer));
            });
    OnFailure onFailure = settings.choice("on-failure", OnFailure.FAIL);
    return new WeightedSumScorer(parts, onFailure, settings.digest());
  }

  @Override
  public void load() {
    parts.forEach(part -> part.scorer().load());
  }

  @Override
  public String version() {
    StringBuilder lines = new StringBuilder(configuration + "\n");
    for (Part part : parts) {
      lines.append(part.name()).append('=').append(part.scorer().version()).append('\n');
    }
    return Digests.ofBytes(lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public List<String> components() {
    List<String> names = new ArrayList<>();
    for (Part part : parts) {
      names.add(part.name());
      part.scorer().components().forEach(name -> names.add(part.name() + "." + name));
    }
    if (onFailure == OnFailure.SKIP) {
      names.add(SKIPPED);
    }
    return names;
  }

  @Override
  public List<Verdict> score(List<Item> items) {
    List<List<Verdict>> byPart = parts.stream().map(part -> part.scorer().score(items)).toList();
    List<Verdict> sums = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      int item = i;
      sums.add(sum(byPart.stream().map(verdicts -> verdicts.get(item)).toList()));
    }
    return sums;
  }

  private Verdict sum(List<Verdict> verdicts) {
    double sum = 0;
    Map<String, Double> components = new LinkedHashMap<>();
    List<String> failures = new ArrayList<>();
    for (int i = 0; i < verdicts.size(); i++) {
      Part part = parts.get(i);
      Verdict verdict = verdicts.get(i);
      if (!verdict.ok()) {
        failures.add(part.name() + ": " + verdict.error());
        continue;
      }
      sum += part.weight() * verdict.value();
      components.put(part.name(), verdict.value());
      verdict
          .components()
          .forEach((name, value) -> components.put(part.name() + "." + name, value));
    }
    boolean nothingLeft = failures.size() == parts.size();
    if (!failures.isEmpty() && (onFailure == OnFailure.FAIL || nothingLeft)) {
      return Verdict.failed(String.join("; ", failures));
    }
    if (onFailure == OnFailure.SKIP) {
      components.put(SKIPPED, (double) failures.size());
    }
    return Verdict.of(sum, components);
  }

  @Override
  public void close() {
    parts.forEach(part -> part.scorer().close());
  }
}
