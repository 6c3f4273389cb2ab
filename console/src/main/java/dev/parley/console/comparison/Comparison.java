package dev.parley.console.comparison;

import dev.parley.console.study.NewPair;
import dev.parley.console.study.Turn;
import java.util.List;
import java.util.Optional;

/**
 * A pair in front of a person.
 *
 * @param assignment the number of this person's assignment
 * @param pair the pair's number
 * @param prompt what both answers continue
 * @param answers both; empty until the study's policies have been asked
 * @param firstLeft whether the pair's first answer is on the left
 */
public record Comparison(
    long assignment,
    long pair,
    List<Turn> prompt,
    Optional<NewPair.Answers> answers,
    boolean firstLeft) {

  /** The answer on the left. */
  public List<Turn> left() {
    return firstLeft ? answers.orElseThrow().first() : answers.orElseThrow().second();
  }

  /** The answer on the right. */
  public List<Turn> right() {
    return firstLeft ? answers.orElseThrow().second() : answers.orElseThrow().first();
  }
}
