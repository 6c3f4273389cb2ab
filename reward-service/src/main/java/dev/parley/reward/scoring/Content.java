package dev.parley.reward.scoring;

import dev.parley.model.text.ChatMessage;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What an item consists of. */
public sealed interface Content {

  /** Returns the text of the answer; empty if there is none to read. */
  Optional<String> answer();

  /**
   * A conversation. Its answer is the assistant's last turn.
   *
   * @param messages at least one
   */
  record Dialogue(List<ChatMessage> messages) implements Content {

    /** Checks that there is something. */
    public Dialogue {
      messages = List.copyOf(messages);
      if (messages.isEmpty()) {
        throw new IllegalArgumentException("a conversation needs at least one message");
      }
    }

    @Override
    public Optional<String> answer() {
      Optional<String> last = Optional.empty();
      for (ChatMessage message : messages) {
        if (message.isAssistant()) {
          last = Optional.of(message.content());
        }
      }
      return last;
    }
  }

  /**
   * A prompt and an answer as plain texts.
   *
   * @param prompt what was asked
   * @param response what was answered
   */
  record Texts(String prompt, String response) implements Content {

    /** Checks that both are there. */
    public Texts {
      Objects.requireNonNull(prompt, "prompt");
      Objects.requireNonNull(response, "response");
    }

    @Override
    public Optional<String> answer() {
      return Optional.of(response);
    }
  }

  /**
   * Tokens of the reward model's own tokenizer. Nobody can tell where the answer begins.
   *
   * @param ids prompt and answer in one
   */
  record Tokens(int[] ids) implements Content {

    @Override
    public Optional<String> answer() {
      return Optional.empty();
    }
  }
}
