package dev.parley.reward.scoring;

import java.util.List;

/** A score that is a plain function of the answer's text. */
interface Rule {

  /**
   * Scores one answer.
   *
   * @param answer the assistant's last turn, or the response
   * @param item all that came with it
   */
  Verdict judge(String answer, Item item);

  /** Returns the names of the verdicts' components. */
  List<String> components();
}
