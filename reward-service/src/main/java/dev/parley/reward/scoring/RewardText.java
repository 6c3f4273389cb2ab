package dev.parley.reward.scoring;

import dev.parley.model.text.AnswerPieces;
import dev.parley.model.text.ChatMessage;
import dev.parley.model.text.ChatTemplate;
import dev.parley.model.text.ModelTextException;
import dev.parley.model.text.Tokenizer;
import dev.parley.model.text.template.TemplateException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/** Turns items into tokens as the reward model's own tokenizer and chat template have it. */
final class RewardText implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(RewardText.class);

  /** How a prompt and a response are read. */
  enum TextForm {
    /** As a conversation of a user's and an assistant's turn. */
    CONVERSATION,
    /** One after the other, with the token that ends a text. */
    PLAIN
  }

  /** What happens to an item that is longer than the model can read. */
  enum TooLong {
    /** It fails. */
    FAIL,
    /** It loses its first tokens. */
    TRUNCATE_LEFT
  }

  /**
   * How items are read.
   *
   * @param form of a prompt and a response
   * @param tooLong what happens to items that are too long
   */
  record Options(TextForm form, TooLong tooLong) {

    static Options of(ScorerSettings settings) {
      return new Options(
          settings.choice("texts", TextForm.CONVERSATION),
          settings.choice("too-long", TooLong.FAIL));
    }

    /** A step that is cut off would have no score, so an answer in steps must fit. */
    static Options ofSteps() {
      return new Options(TextForm.CONVERSATION, TooLong.FAIL);
    }
  }

  /**
   * What the model reads.
   *
   * @param ids at least one token
   * @param ends indices of the tokens at which the head is asked: the last, or that of each step
   * @param truncated how many were cut off
   */
  record Tokens(int[] ids, int[] ends, int truncated) {

    private static Tokens whole(int[] ids, int truncated) {
      return new Tokens(ids, new int[] {ids.length - 1}, truncated);
    }
  }

  /** An item that cannot be turned into tokens. */
  static final class UnreadableException extends Exception {

    private static final long serialVersionUID = 1L;

    UnreadableException(String message) {
      super(message);
    }
  }

  private final Tokenizer tokenizer;
  private final ChatTemplate template;
  private final String templateProblem;
  private final int vocabulary;
  private final int maxTokens;
  private final Options options;

  private RewardText(
      Tokenizer tokenizer,
      ChatTemplate template,
      String templateProblem,
      int vocabulary,
      int maxTokens,
      Options options) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.templateProblem = templateProblem;
    this.vocabulary = vocabulary;
    this.maxTokens = maxTokens;
    this.options = options;
  }

  /**
   * Opens a model directory's text side. Without a usable chat template, conversations fail.
   *
   * @param vocabulary V
   * @param maxTokens longest sequence that may come out
   * @throws ModelTextException if its tokenizer cannot be used
   */
  static RewardText open(Path directory, int vocabulary, int maxTokens, Options options) {
    Tokenizer tokenizer = Tokenizer.open(directory);
    try {
      ChatTemplate template = ChatTemplate.open(directory, tokenizer);
      return new RewardText(tokenizer, template, "", vocabulary, maxTokens, options);
    } catch (ModelTextException e) {
      LOG.warnf("Conversations cannot be scored: %s", e.getMessage());
      return new RewardText(tokenizer, null, e.getMessage(), vocabulary, maxTokens, options);
    }
  }

  /**
   * Reads an item.
   *
   * @throws UnreadableException saying why it cannot be scored
   */
  Tokens read(Content content) throws UnreadableException {
    int[] ids = ids(content);
    if (ids.length == 0) {
      throw new UnreadableException("there is nothing to score: the text has no tokens");
    }
    checkVocabulary(ids);
    if (ids.length <= maxTokens) {
      return Tokens.whole(ids, 0);
    }
    int over = ids.length - maxTokens;
    return switch (options.tooLong()) {
      case FAIL ->
          throw new UnreadableException(
              "%d tokens are more than the %d that the reward model reads; set too-long=truncate-left to cut off the first ones"
                  .formatted(ids.length, maxTokens));
      case TRUNCATE_LEFT -> Tokens.whole(Arrays.copyOfRange(ids, over, ids.length), over);
    };
  }

  /**
   * Reads an item whose answer is in steps.
   *
   * @param separator what stands between steps; empty ones are passed over
   * @throws UnreadableException saying why it cannot be scored
   */
  Tokens readSteps(Content content, String separator) throws UnreadableException {
    if (template == null) {
      throw new UnreadableException(templateProblem);
    }
    List<ChatMessage> prompt;
    if (content instanceof Content.Texts texts) {
      prompt = List.of(new ChatMessage("user", texts.prompt()));
    } else if (content instanceof Content.Dialogue dialogue) {
      List<ChatMessage> messages = dialogue.messages();
      prompt = messages.subList(0, messages.size() - 1);
      if (prompt.isEmpty() || !messages.get(messages.size() - 1).isAssistant()) {
        throw new UnreadableException(
            "a process reward model reads a prompt and an answer in steps; expected that the last"
                + " of several turns is the assistant's");
      }
    } else {
      throw new UnreadableException(
          "a process reward model reads the answer's text, but the item holds tokens; send texts or"
              + " a conversation");
    }
    List<String> steps =
        Arrays.stream(content.answer().orElseThrow().split(Pattern.quote(separator)))
            .map(String::strip)
            .filter(step -> !step.isEmpty())
            .map(step -> step + separator)
            .toList();
    if (steps.isEmpty()) {
      throw new UnreadableException("the answer is empty, so there is no step to score");
    }
    try {
      AnswerPieces pieces = template.encodePieces(prompt, steps);
      checkVocabulary(pieces.ids());
      if (pieces.ids().length > maxTokens) {
        throw new UnreadableException(
            "%d tokens are more than the %d that the process reward model reads"
                .formatted(pieces.ids().length, maxTokens));
      }
      return new Tokens(pieces.ids(), pieces.ends(), 0);
    } catch (TemplateException e) {
      throw new UnreadableException("the reward model's chat template: " + e.getMessage());
    }
  }

  private int[] ids(Content content) throws UnreadableException {
    if (content instanceof Content.Tokens tokens) {
      return tokens.ids();
    }
    if (content instanceof Content.Texts texts) {
      return switch (options.form()) {
        case CONVERSATION ->
            conversation(
                List.of(
                    new ChatMessage("user", texts.prompt()),
                    new ChatMessage(ChatMessage.ASSISTANT, texts.response())));
        case PLAIN -> plain(texts.prompt() + texts.response());
      };
    }
    return conversation(((Content.Dialogue) content).messages());
  }

  private void checkVocabulary(int[] ids) throws UnreadableException {
    for (int t = 0; t < ids.length; t++) {
      if (Integer.compareUnsigned(ids[t], vocabulary) >= 0) {
        throw new UnreadableException(
            "token %d is %s, the reward model's vocabulary has %d tokens"
                .formatted(t, Integer.toUnsignedString(ids[t]), vocabulary));
      }
    }
  }

  private int[] conversation(List<ChatMessage> messages) throws UnreadableException {
    if (template == null) {
      throw new UnreadableException(templateProblem);
    }
    try {
      return tokenizer.encode(template.render(messages, false, Map.of()).text(), false).ids();
    } catch (TemplateException e) {
      throw new UnreadableException("the reward model's chat template: " + e.getMessage());
    }
  }

  private int[] plain(String text) {
    int[] ids = tokenizer.encode(text, true).ids();
    OptionalInt end = tokenizer.eosId();
    boolean ended = ids.length > 0 && end.isPresent() && ids[ids.length - 1] == end.getAsInt();
    if (end.isEmpty() || ended) {
      return ids;
    }
    int[] closed = Arrays.copyOf(ids, ids.length + 1);
    closed[ids.length] = end.getAsInt();
    return closed;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
