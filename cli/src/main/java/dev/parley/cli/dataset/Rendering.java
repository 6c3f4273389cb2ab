package dev.parley.cli.dataset;

import dev.parley.cli.Failure;
import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.Ranking;
import dev.parley.data.Rating;
import dev.parley.data.Solution;
import dev.parley.data.Verdict;
import dev.parley.model.text.ChatMessage;
import dev.parley.model.text.ChatTemplate;
import dev.parley.model.text.ModelTextException;
import dev.parley.model.text.Span;
import dev.parley.model.text.Tokenizer;
import dev.parley.model.text.template.TemplateException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Rows as a model reads them: its chat template and its tokens. */
final class Rendering implements AutoCloseable {

  private final Tokenizer tokenizer;
  private final ChatTemplate template;

  private Rendering(Tokenizer tokenizer, ChatTemplate template) {
    this.tokenizer = tokenizer;
    this.template = template;
  }

  /**
   * The text side of a model; its weights are not read.
   *
   * @param text the directory of tokenizer and chat template
   * @throws Failure if it has no tokenizer or template
   */
  static Rendering open(Path text) {
    try {
      Tokenizer tokenizer = Tokenizer.open(text);
      try {
        return new Rendering(tokenizer, ChatTemplate.open(text, tokenizer));
      } catch (ModelTextException e) {
        tokenizer.close();
        throw e;
      }
    } catch (ModelTextException e) {
      throw new Failure(e.getMessage(), "", e);
    }
  }

  /** The tokens of a text by itself. */
  int tokens(String text) {
    return tokenizer.encode(text, false).ids().length;
  }

  /** One token: its text, and whether a loss would learn from it. */
  record Token(String text, boolean learnt) {}

  /**
   * The conversations that a row makes, by what they are: of a pair or ranking, all answers. A
   * prompt alone ends with what opens the assistant's turn, and nothing of it is learnt.
   *
   * @throws TemplateException if the template refuses one
   * @throws ModelTextException if the assistant's tokens cannot be told apart
   */
  Map<String, List<Token>> conversations(Example example) {
    Map<String, List<Token>> conversations = new LinkedHashMap<>();
    if (example instanceof Preference pair) {
      conversations.put("chosen", answer(pair.prompt(), pair.chosen()));
      conversations.put("rejected", answer(pair.prompt(), pair.rejected()));
    } else if (example instanceof Demonstration demonstration) {
      List<ChatMessage> whole = messages(demonstration.conversation());
      conversations.put(
          "demonstration", tokens(whole, false, template.encode(whole).assistantMask()));
    } else if (example instanceof Ranking ranking) {
      for (int i = 0; i < ranking.answers().size(); i++) {
        conversations.put("answer " + (i + 1), answer(ranking.prompt(), ranking.answers().get(i)));
      }
    } else if (example instanceof Rating rating) {
      conversations.put("answer", answer(rating.prompt(), rating.answer()));
    } else if (example instanceof Verdict verdict) {
      conversations.put("answer", answer(verdict.prompt(), verdict.answer()));
    } else if (example instanceof Solution solution) {
      conversations.put("solution", steps(solution));
    } else {
      conversations.put("prompt", prompt(example.prompt()));
    }
    return conversations;
  }

  private List<Token> prompt(List<ChatTurn> turns) {
    List<ChatMessage> asked = messages(turns);
    return tokens(asked, true, new int[template.encodePrompt(asked, Map.of()).length]);
  }

  /** A step is learnt at its last token, if it is labelled; here each is a line. */
  private List<Token> steps(Solution solution) {
    List<Token> tokens = new ArrayList<>(prompt(solution.prompt()));
    for (Solution.Step step : solution.steps()) {
      String text = step.text().strip() + "\n";
      List<Span> offsets = tokenizer.encode(text, false).offsets();
      int[] mask = new int[offsets.size()];
      if (step.label().isPresent() && mask.length > 0) {
        mask[mask.length - 1] = 1;
      }
      tokens.addAll(tokens(text, offsets, mask));
    }
    return tokens;
  }

  /** An answer to a prompt: of the assistant's turns, those of the answer alone are compared. */
  private List<Token> answer(List<ChatTurn> prompt, List<ChatTurn> answer) {
    List<ChatTurn> turns = new ArrayList<>(prompt);
    turns.addAll(answer);
    List<ChatMessage> whole = messages(turns);
    int[] mask = template.encode(whole).assistantMask().clone();
    int asked = template.encodePrompt(messages(prompt), Map.of()).length;
    Arrays.fill(mask, 0, Math.min(asked, mask.length), 0);
    return tokens(whole, false, mask);
  }

  /** The text of a conversation cut where its tokens end. */
  private List<Token> tokens(List<ChatMessage> messages, boolean prompt, int[] mask) {
    String text = template.render(messages, prompt, Map.of()).text();
    return tokens(text, tokenizer.encode(text, false).offsets(), mask);
  }

  private static List<Token> tokens(String text, List<Span> offsets, int[] mask) {
    List<Token> tokens = new ArrayList<>();
    int from = 0;
    int characters = 0;
    for (int i = 0; i < mask.length; i++) {
      boolean last = i == mask.length - 1;
      int end = Math.max(characters, offsets.get(i).end());
      int to = last ? text.length() : text.offsetByCodePoints(from, end - characters);
      tokens.add(new Token(text.substring(from, to), mask[i] != 0));
      from = to;
      characters = end;
    }
    return tokens;
  }

  /** Why a row cannot be used with this model; empty if it can. */
  Optional<String> refusal(Example example, Optional<Integer> maxTokens) {
    try {
      for (Map.Entry<String, List<Token>> conversation : conversations(example).entrySet()) {
        int length = conversation.getValue().size();
        if (maxTokens.isPresent() && length > maxTokens.get()) {
          return Optional.of(
              "'%s' has %,d tokens; expected at most %,d"
                  .formatted(conversation.getKey(), length, maxTokens.get()));
        }
      }
      return Optional.empty();
    } catch (TemplateException | ModelTextException e) {
      return Optional.of("the model's chat template refuses it: " + e.getMessage());
    }
  }

  private static List<ChatMessage> messages(List<ChatTurn> turns) {
    return turns.stream().map(turn -> new ChatMessage(turn.role(), turn.content())).toList();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
