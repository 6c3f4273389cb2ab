package dev.parley.reward.scoring;

import dev.parley.reward.scoring.Parts.Part;
import dev.parley.reward.scoring.ScorerTypes.Surroundings;
import java.util.ArrayList;
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

  private final Parts parts;
  private final List<Double> weights;
  private final OnFailure onFailure;
  private final String configuration;

  private WeightedSumScorer(
      Parts parts, List<Double> weights, OnFailure onFailure, String configuration) {
    this.parts = parts;
    this.weights = weights;
    this.onFailure = onFailure;
    this.configuration = configuration;
  }

  static WeightedSumScorer of(ScorerSettings settings, Surroundings surroundings) {
    List<Part> parts = new ArrayList<>();
    List<Double> weights = new ArrayList<>();
    settings
        .numbers("weights", "the weight of another scorer")
        .forEach(
            (name, weight) -> {
              Scorer scorer = surroundings.others().find(name, settings.key("weights." + name));
              parts.add(new Part(name, scorer));
              weights.add(weight);
            });
    OnFailure onFailure = settings.choice("on-failure", OnFailure.FAIL);
    return new WeightedSumScorer(new Parts(parts), weights, onFailure, settings.digest());
  }

  @Override
  public void load() {
    parts.load();
  }

  @Override
  public String version() {
    return parts.version(configuration);
  }

  @Override
  public List<String> components() {
    List<String> names = new ArrayList<>(parts.components());
    if (onFailure == OnFailure.SKIP) {
      names.add(SKIPPED);
    }
    return names;
  }

  @Override
  public List<Verdict> score(List<Item> items) {
    return parts.score(items).stream().map(this::sum).toList();
  }

  private Verdict sum(List<Verdict> verdicts) {
    List<String> failures = parts.failures(verdicts);
    boolean nothingLeft = failures.size() == verdicts.size();
    if (!failures.isEmpty() && (onFailure == OnFailure.FAIL || nothingLeft)) {
      return Verdict.failed(String.join("; ", failures));
    }
    double sum = 0;
    for (int i = 0; i < verdicts.size(); i++) {
      if (verdicts.get(i).ok()) {
        sum += weights.get(i) * verdicts.get(i).value();
      }
    }
    Map<String, Double> components = parts.components(verdicts);
    if (onFailure == OnFailure.SKIP) {
      components.put(SKIPPED, (double) failures.size());
    }
    return parts.composed(sum, components, verdicts);
  }

  @Override
  public void close() {
    parts.close();
  }
}
