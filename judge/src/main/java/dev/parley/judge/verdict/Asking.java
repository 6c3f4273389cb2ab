package dev.parley.judge.verdict;

import dev.parley.judge.chat.ChatClient;
import dev.parley.judge.chat.ChatException;
import dev.parley.judge.chat.ChatReply;
import dev.parley.judge.chat.ChatRequest;
import dev.parley.judge.chat.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Asking until a verdict can be read.
 *
 * @param ruling the verdict, or why there is none
 * @param reply the answer that it stands in; empty if there is none
 */
record Asking(Ruling ruling, Optional<ChatReply> reply) {

  private static final int SHOWN = 200;

  /**
   * Asks.
   *
   * @param readings how often at most
   * @param reader finds the verdict in an answer
   * @throws ChatException if no question can be answered any more
   */
  static Asking ask(
      ChatClient client, ChatRequest question, int readings, Function<ChatReply, Reading> reader)
      throws InterruptedException {
    List<Message> messages = new ArrayList<>(question.messages());
    String complaint = "";
    String text = "";
    for (int reading = 0; reading < readings; reading++) {
      ChatReply reply;
      try {
        reply = client.ask(question.with(messages));
      } catch (ChatException e) {
        if (e.hopeless()) {
          throw e;
        }
        return new Asking(new Ruling(Optional.empty(), text, e.getMessage()), Optional.empty());
      }
      text = reply.text();
      Reading read = reader.apply(reply);
      if (read.verdict().isPresent()) {
        return new Asking(new Ruling(read.verdict(), text, ""), Optional.of(reply));
      }
      complaint = read.complaint() + (reply.cut() ? " (it was cut where its tokens ran out)" : "");
      // The same question at temperature 0 would get the same answer: say what is missing.
      messages.add(Message.assistant(text));
      messages.add(
          Message.user(
              "I cannot read your verdict: %s. Answer with the verdict alone."
                  .formatted(complaint)));
    }
    String end = text.length() > SHOWN ? "…" + text.substring(text.length() - SHOWN) : text;
    return new Asking(
        new Ruling(
            Optional.empty(),
            text,
            "no verdict in %d answers; of the last one, %s: \"%s\""
                .formatted(readings, complaint, end)),
        Optional.empty());
  }
}
