package dev.parley.reward.scoring;

import java.util.List;
import java.util.Optional;

/** Applies a rule to the answer of each item. */
final class RuleScorer implements Scorer {

  private final Rule rule;
  private final String version;

  /**
   * Makes a scorer.
   *
   * @param rule the rule
   * @param version SHA-256 of its configuration
   */
  RuleScorer(Rule rule, String version) {
    this.rule = rule;
    this.version = version;
  }

  @Override
  public void load() {}

  @Override
  public String version() {
    return version;
  }

  @Override
  public List<String> components() {
    return rule.components();
  }

  @Override
  public List<Verdict> score(List<Item> items) {
    return items.stream().map(this::score).toList();
  }

  private Verdict score(Item item) {
    Optional<String> answer = item.content().answer();
    if (answer.isEmpty()) {
      return Verdict.failed(
          item.content() instanceof Content.Tokens
              ? "a rule reads the answer's text, but the item holds tokens; send texts or a"
                  + " conversation"
              : "the conversation has no assistant turn, so there is no answer to score");
    }
    return rule.judge(answer.get(), item);
  }

  @Override
  public void close() {}
}
