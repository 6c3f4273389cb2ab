package dev.parley.reward.scoring;

import dev.parley.reward.scoring.Parts.Part;
import dev.parley.reward.scoring.ScorerTypes.Surroundings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes the safety score where safety is in question, and the helpfulness score elsewhere (Touvron
 * et al. 2023, arXiv:2307.09288, §3.2.3):
 *
 * <pre>
 * R = R_safe     if the prompt is marked as one of safety, or σ(R_safe) &lt; threshold
 *     R_helpful  otherwise
 * </pre>
 */
final class SafetyGateScorer implements Scorer {

  static final String GATED = "gated";

  /** Llama 2's: of its safety models, precision 0.89 and recall 0.55 on Meta's safety test set. */
  private static final double THRESHOLD = 0.15;

  private final Parts parts;
  private final double threshold;
  private final Optional<String> mark;
  private final String configuration;

  private SafetyGateScorer(
      Parts parts, double threshold, Optional<String> mark, String configuration) {
    this.parts = parts;
    this.threshold = threshold;
    this.mark = mark;
    this.configuration = configuration;
  }

  static SafetyGateScorer of(ScorerSettings settings, Surroundings surroundings) {
    List<Part> parts = new ArrayList<>();
    for (String role : List.of("safe", "helpful")) {
      String scorer = settings.text(role, "the name of another scorer").strip();
      settings.require(!scorer.equals(GATED), role, scorer, "another name: so is a component");
      parts.add(new Part(scorer, surroundings.others().find(scorer, settings.key(role))));
    }
    settings.require(
        !parts.get(0).name().equals(parts.get(1).name()),
        "helpful",
        parts.get(1).name(),
        "another scorer than safe");
    double threshold = settings.number("threshold", THRESHOLD);
    settings.require(
        threshold > 0 && threshold < 1, "threshold", threshold, "a probability between 0 and 1");
    return new SafetyGateScorer(
        new Parts(parts), threshold, settings.text("safety-metadata"), settings.digest());
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
    names.add(GATED);
    return names;
  }

  @Override
  public List<Verdict> score(List<Item> items) {
    List<List<Verdict>> verdicts = parts.score(items);
    List<Verdict> gated = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      gated.add(gated(items.get(i), verdicts.get(i)));
    }
    return gated;
  }

  private Verdict gated(Item item, List<Verdict> verdicts) {
    List<String> failures = parts.failures(verdicts);
    if (!failures.isEmpty()) {
      return Verdict.failed(String.join("; ", failures));
    }
    double safe = verdicts.get(0).value();
    boolean marked =
        mark.map(key -> item.metadata().getOrDefault(key, "").equalsIgnoreCase("true"))
            .orElse(false);
    boolean unsafe = 1 / (1 + Math.exp(-safe)) < threshold;
    boolean shut = marked || unsafe;
    Map<String, Double> components = parts.components(verdicts);
    components.put(GATED, shut ? 1.0 : 0.0);
    return parts.composed(shut ? safe : verdicts.get(1).value(), components, verdicts);
  }

  @Override
  public void close() {
    parts.close();
  }
}
