package dev.parley.console.study;

import java.util.List;
import java.util.Optional;

/**
 * A row of a file: a prompt, and what answers it.
 *
 * @param questionId by which the file names it; its line if it does not
 * @param prompt what both answers continue
 * @param answers two of them; empty if policies are to be asked
 */
public record NewPair(String questionId, List<Turn> prompt, Optional<Answers> answers) {

  /** Copies the turns. */
  public NewPair {
    prompt = List.copyOf(prompt);
  }

  /**
   * Two answers.
   *
   * @param first one answer's turns
   * @param second the other's
   * @param firstModel who answered; empty if the file does not say
   * @param secondModel likewise
   */
  public record Answers(
      List<Turn> first,
      List<Turn> second,
      Optional<String> firstModel,
      Optional<String> secondModel) {

    /** Copies the turns. */
    public Answers {
      first = List.copyOf(first);
      second = List.copyOf(second);
    }

    boolean areTheSame() {
      return first.equals(second);
    }
  }
}
