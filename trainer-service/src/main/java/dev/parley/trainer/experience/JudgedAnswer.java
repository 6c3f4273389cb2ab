package dev.parley.trainer.experience;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * An answer that was found good or bad, which a policy learns from.
 *
 * @param answer with the conversation before it
 * @param desirable whether it was found good
 * @param confidence how likely that is right, ½ to 1
 */
public record JudgedAnswer(LearningSequence answer, boolean desirable, double confidence)
    implements AnswerRow {

  @Override
  public List<LearningSequence> answers() {
    return List.of(answer);
  }

  /**
   * Gives each prompt the answer of the row after it, so that it has nothing to do with it. Every
   * answer serves once.
   *
   * @param rows in an order in which the two answers of a pair do not stand together
   * @return by the row whose prompt it is
   */
  public static Map<JudgedAnswer, LearningSequence> mismatched(List<JudgedAnswer> rows) {
    Map<JudgedAnswer, LearningSequence> mismatched = new IdentityHashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      JudgedAnswer next = rows.get((i + 1) % rows.size());
      mismatched.put(rows.get(i), rows.get(i).answeredBy(next.answer()));
    }
    return mismatched;
  }

  /** Returns this one's prompt, answered by another: an answer that has nothing to do with it. */
  LearningSequence answeredBy(LearningSequence other) {
    int prompt = begin(answer);
    int from = begin(other);
    int[] tokens = Arrays.copyOf(answer.tokens(), prompt + other.tokens().length - from);
    boolean[] learnt = new boolean[tokens.length];
    System.arraycopy(other.tokens(), from, tokens, prompt, tokens.length - prompt);
    System.arraycopy(other.learnt(), from, learnt, prompt, tokens.length - prompt);
    return new LearningSequence(tokens, learnt);
  }

  private static int begin(LearningSequence answer) {
    int t = 0;
    while (!answer.learnt()[t]) {
      t++;
    }
    return t;
  }
}
