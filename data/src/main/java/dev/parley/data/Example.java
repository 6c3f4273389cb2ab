package dev.parley.data;

import java.util.List;

/** One row of a dataset. */
public sealed interface Example
    permits Demonstration, Preference, PromptRow, Ranking, Rating, Solution, Verdict {

  /** The turns that an answer continues, oldest first; never empty. */
  List<ChatTurn> prompt();

  /**
   * The same row reduced to what is asked. A demonstration's last answer becomes the reference
   * answer.
   */
  PromptRow asPrompt();

  /** What the row is called in messages: "demonstration", "preference", "prompt", "ranking", … */
  String kind();
}
