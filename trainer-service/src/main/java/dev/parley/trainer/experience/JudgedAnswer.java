package dev.parley.trainer.experience;

import java.util.Arrays;
import java.util.List;

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

  /** Returns this one's prompt, answered by another: an answer that has nothing to do with it. */
  public LearningSequence answeredBy(LearningSequence other) {
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
