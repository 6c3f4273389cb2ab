package dev.parley.judge.verdict;

import dev.parley.judge.chat.ChatClient;
import dev.parley.judge.chat.ChatException;
import dev.parley.judge.chat.ChatRequest;
import dev.parley.judge.chat.Message;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A model that judges. Safe for several threads.
 *
 * @param client asks it
 * @param plain the prompt where there is no reference answer
 * @param withReference the prompt where there is one
 * @param how sampling settings of its answers; the messages in it are not used
 * @param readings how often it may be asked for a verdict that can be read
 */
public record Judge(
    ChatClient client,
    JudgePrompt plain,
    JudgePrompt withReference,
    ChatRequest how,
    int readings) {

  /** Checks that both prompts ask for the same. */
  public Judge {
    if (plain.kind() != withReference.kind()) {
      throw new IllegalArgumentException(
          "the prompt %s is for a %s and %s for a %s; expected the same"
              .formatted(plain.name(), plain.kind(), withReference.name(), withReference.kind()));
    }
    if (readings < 1) {
      throw new IllegalArgumentException("readings is %d; expected at least 1".formatted(readings));
    }
  }

  /** A judge with one prompt for all rows. */
  public static Judge of(ChatClient client, JudgePrompt prompt, ChatRequest how) {
    return new Judge(client, prompt, prompt, how, 3);
  }

  /**
   * Asks which of two answers is better, in both orders.
   *
   * @param first one answer's turns
   * @param second the other's
   * @throws ChatException if no question can be answered any more
   * @throws IllegalArgumentException if the prompt wants what the exchange does not have
   */
  public PairRuling compare(Exchange exchange, List<Message> first, List<Message> second)
      throws InterruptedException {
    require(JudgePrompt.Kind.PAIR);
    return new PairRuling(
        ask(exchange, Map.of("_a", first, "_b", second), Reading::ofPair),
        ask(exchange, Map.of("_a", second, "_b", first), Reading::ofPair));
  }

  /**
   * Asks how good an answer is, from 1 to 10.
   *
   * @return a ruling whose verdict, if there is one, is the grade
   * @throws ChatException if no question can be answered any more
   * @throws IllegalArgumentException if the prompt wants what the exchange does not have
   */
  public Ruling grade(Exchange exchange, List<Message> answer) throws InterruptedException {
    require(JudgePrompt.Kind.GRADE);
    return ask(exchange, Map.of("", answer), Reading::ofGrade);
  }

  private void require(JudgePrompt.Kind wanted) {
    if (plain.kind() != wanted) {
      throw new IllegalArgumentException(
          "the judge's prompt %s is for a %s, not for a %s"
              .formatted(plain.name(), plain.kind(), wanted));
    }
  }

  private Ruling ask(
      Exchange exchange, Map<String, List<Message>> answers, Function<String, Reading> reader)
      throws InterruptedException {
    JudgePrompt prompt = exchange.reference().isPresent() ? withReference : plain;
    return Asking.ask(
            client,
            how.with(prompt.fill(exchange.values(answers))),
            readings,
            reply -> reader.apply(reply.text()))
        .ruling();
  }
}
