package dev.parley.reward.scoring;

import java.util.List;

/**
 * Says how good answers are. One thread uses it at a time.
 *
 * <p>The same items always get the same verdicts, whatever they share a batch with.
 */
public sealed interface Scorer extends AutoCloseable
    permits AdjustedScorer,
        CodeScorer,
        EnsembleScorer,
        JudgeScorer,
        ModelScorer,
        RuleScorer,
        SafetyGateScorer,
        WeightedSumScorer {

  /**
   * Loads what it computes with and warms it up. Comes before everything below; a second call does
   * nothing.
   *
   * @throws RuntimeException if something cannot be loaded; the message says what
   */
  void load();

  /** Returns the SHA-256 of what it is made of: a model's weights, or a rule's configuration. */
  String version();

  /** Returns the names of its verdicts' components. */
  List<String> components();

  /**
   * Scores a batch.
   *
   * @param items any number
   * @return one verdict per item, in order; an item that cannot be scored fails by itself
   */
  List<Verdict> score(List<Item> items);

  @Override
  void close();
}
