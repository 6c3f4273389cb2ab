package dev.parley.reward.scoring;

import dev.parley.reward.scoring.Parts.Part;
import dev.parley.reward.scoring.ScorerTypes.Surroundings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Combines the values of several scorers of the same thing, usually reward models that learnt from
 * the same pairs with other seeds. Where they disagree, the answer is unlike what they learnt from,
 * and a policy that is optimised for their mean would find exactly such answers (Coste et al. 2023,
 * arXiv:2310.02743; Eisenstein et al. 2023, arXiv:2312.09244).
 */
final class EnsembleScorer implements Scorer {

  static final String MEAN = "mean";
  static final String WORST = "worst";
  static final String DISAGREEMENT = "disagreement";

  /** What the members' values become. */
  enum Combine {
    /** Their mean. */
    MEAN(false),
    /** The least of them (Coste et al. 2023, worst-case optimisation). */
    WORST(false),
    /** mean − coefficient · deviation (Eisenstein et al. 2023). */
    MEAN_MINUS_DEVIATION(true),
    /** mean − coefficient · variance (Coste et al. 2023, uncertainty-weighted optimisation). */
    MEAN_MINUS_VARIANCE(true);

    private final boolean weighed;

    Combine(boolean weighed) {
      this.weighed = weighed;
    }
  }

  private final String name;
  private final Parts members;
  private final Combine combine;
  private final double coefficient;
  private final String configuration;
  private final ForwardListener listener;

  private EnsembleScorer(
      String name,
      Parts members,
      Combine combine,
      double coefficient,
      String configuration,
      ForwardListener listener) {
    this.name = name;
    this.members = members;
    this.combine = combine;
    this.coefficient = coefficient;
    this.configuration = configuration;
    this.listener = listener;
  }

  static EnsembleScorer of(ScorerSettings settings, Surroundings surroundings) {
    List<Part> members = new ArrayList<>();
    for (String member : settings.names("members", "the names of at least two other scorers")) {
      settings.require(
          !List.of(MEAN, WORST, DISAGREEMENT).contains(member),
          "members",
          member,
          "another name: so is one of an ensemble's own components");
      members.add(new Part(member, surroundings.others().find(member, settings.key("members"))));
    }
    settings.require(members.size() > 1, "members", members.get(0).name(), "at least two scorers");
    Combine combine = settings.choice("combine", Combine.class);
    OptionalDouble coefficient = settings.number("coefficient");
    settings.require(
        coefficient.isPresent() == combine.weighed,
        "coefficient",
        coefficient.isPresent() ? coefficient.getAsDouble() : "",
        combine.weighed
            ? "what the spread costs, as in 0.5"
            : "nothing: it is for mean-minus-deviation and mean-minus-variance");
    coefficient.ifPresent(
        value -> settings.require(value >= 0, "coefficient", value, "at least 0"));
    return new EnsembleScorer(
        surroundings.name(),
        new Parts(members),
        combine,
        coefficient.orElse(0),
        settings.digest(),
        surroundings.listener());
  }

  @Override
  public void load() {
    members.load();
  }

  @Override
  public String version() {
    return members.version(configuration);
  }

  @Override
  public List<String> components() {
    List<String> names = new ArrayList<>(members.components());
    names.addAll(List.of(MEAN, WORST, DISAGREEMENT));
    return names;
  }

  @Override
  public List<Verdict> score(List<Item> items) {
    return members.score(items).stream().map(this::combined).toList();
  }

  /** A member that fails fails its item: the mean of the others would be on another scale. */
  private Verdict combined(List<Verdict> verdicts) {
    List<String> failures = members.failures(verdicts);
    if (!failures.isEmpty()) {
      return Verdict.failed(String.join("; ", failures));
    }
    double[] values = verdicts.stream().mapToDouble(Verdict::value).toArray();
    double mean = 0;
    double worst = Double.POSITIVE_INFINITY;
    for (double value : values) {
      mean += value / values.length;
      worst = Math.min(worst, value);
    }
    double variance = 0; // with 1/k, as Coste et al. have it
    for (double value : values) {
      variance += (value - mean) * (value - mean) / values.length;
    }
    double deviation = Math.sqrt(variance);
    listener.disagreed(name, deviation);
    Map<String, Double> components = members.components(verdicts);
    components.put(MEAN, mean);
    components.put(WORST, worst);
    components.put(DISAGREEMENT, deviation);
    return members.composed(
        switch (combine) {
          case MEAN -> mean;
          case WORST -> worst;
          case MEAN_MINUS_DEVIATION -> mean - coefficient * deviation;
          case MEAN_MINUS_VARIANCE -> mean - coefficient * variance;
        },
        components,
        verdicts);
  }

  @Override
  public void close() {
    members.close();
  }
}
