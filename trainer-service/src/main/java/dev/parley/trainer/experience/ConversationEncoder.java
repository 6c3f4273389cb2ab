package dev.parley.trainer.experience;

import dev.parley.data.ChatTurn;
import java.util.List;

/** Turns conversations into tokens as one model's template and tokenizer have it. */
public interface ConversationEncoder {

  /**
   * Encodes a whole conversation; the tokens of the assistant's turns, end of turn included, are
   * learnt.
   */
  LearningSequence conversation(List<ChatTurn> turns);

  /**
   * Encodes a conversation of which the assistant's tokens are learnt in the last turns alone, end
   * of turn included.
   *
   * @param prompt the turns before, of which nothing is learnt
   * @param answer the last turns
   */
  LearningSequence answer(List<ChatTurn> prompt, List<ChatTurn> answer);

  /** Encodes turns that the assistant is to answer. */
  int[] prompt(List<ChatTurn> turns);
}
