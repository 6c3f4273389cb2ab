package dev.parley.judge.constitution;

import dev.parley.judge.chat.ChatClient;
import dev.parley.judge.chat.ChatException;
import dev.parley.judge.chat.ChatReply;
import dev.parley.judge.chat.ChatRequest;
import dev.parley.judge.chat.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The supervised half of constitutional AI (Bai et al. 2022, arXiv:2212.08073, §3.1): a model
 * answers, criticises its answer by a principle that is drawn, revises it, and again. Safe for
 * several threads.
 *
 * @param client asks the model
 * @param constitution the principles
 * @param rounds critiques and revisions of each answer
 * @param how sampling settings; messages and seed in it are not used
 * @param seed of principles and answers
 */
public record Reviser(
    ChatClient client, Constitution constitution, int rounds, ChatRequest how, long seed) {

  /** Checks the rounds. */
  public Reviser {
    if (rounds < 1) {
      throw new IllegalArgumentException("rounds is %d; expected at least 1".formatted(rounds));
    }
  }

  /** A model's answer that is empty, or none at all. */
  private static final class NoAnswer extends Exception {

    private static final long serialVersionUID = 1L;

    NoAnswer(String message) {
      super(message);
    }
  }

  /**
   * Answers and revises.
   *
   * @param row the prompt's number: another row draws other principles
   * @param prompt what is asked
   * @param given the first answer, if there is one already
   * @throws ChatException if no question can be answered any more
   */
  public Revision revise(long row, List<Message> prompt, Optional<String> given)
      throws InterruptedException {
    long rowSeed = seed * 1_000_003 + row;
    List<Integer> drawn = constitution.draw(rounds, rowSeed);
    List<Revision.Round> done = new ArrayList<>();
    String original = given.orElse("");
    try {
      if (given.isEmpty()) {
        original = ask(prompt, rowSeed, "the first answer");
      }
      String answer = original;
      for (int round = 0; round < rounds; round++) {
        Principle principle = constitution.principles().get(drawn.get(round));
        // Each round begins from the newest answer alone.
        List<Message> dialogue = opening(prompt);
        dialogue.add(Message.assistant(answer));
        dialogue.add(Message.user(principle.critique()));
        String critique = ask(dialogue, rowSeed, "critique " + (round + 1));
        dialogue.add(Message.assistant(critique));
        dialogue.add(Message.user(principle.revision()));
        answer = ask(dialogue, rowSeed, "revision " + (round + 1));
        done.add(new Revision.Round(drawn.get(round), critique, answer));
      }
      return new Revision(original, done, "");
    } catch (NoAnswer e) {
      return new Revision(original, done, e.getMessage());
    }
  }

  /** Instructions first, then the examples that show the pattern, then what is asked. */
  private List<Message> opening(List<Message> prompt) {
    boolean instructed = prompt.get(0).role().equals("system");
    List<Message> dialogue = new ArrayList<>();
    if (instructed) {
      dialogue.add(prompt.get(0));
    }
    constitution.examples().forEach(dialogue::addAll);
    dialogue.addAll(prompt.subList(instructed ? 1 : 0, prompt.size()));
    return dialogue;
  }

  private String ask(List<Message> messages, long rowSeed, String what)
      throws InterruptedException, NoAnswer {
    ChatReply reply;
    try {
      reply =
          client.ask(
              new ChatRequest(
                  messages, how.temperature(), how.maxTokens(), OptionalLong.of(rowSeed), 0));
    } catch (ChatException e) {
      if (e.hopeless()) {
        throw e;
      }
      throw new NoAnswer(what + ": " + e.getMessage());
    }
    if (reply.text().isBlank()) {
      throw new NoAnswer(what + " is empty");
    }
    if (reply.cut()) {
      throw new NoAnswer(what + " was cut where its tokens ran out; raise --max-tokens");
    }
    return reply.text().strip();
  }
}
