package dev.parley.model.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.parley.model.text.template.Rendered;
import dev.parley.model.text.template.Template;
import dev.parley.model.text.template.TemplateException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a model wants a conversation written, as transformers' {@code apply_chat_template} writes it.
 * Immutable; many threads may share one. The tokenizer stays the caller's to close.
 */
public final class ChatTemplate {
  private static final List<String> BUILT_IN = List.of("chatml", "plain");

  private final Tokenizer tokenizer;
  private final String source;
  private final Template template;
  private final Clock clock;

  private ChatTemplate(Tokenizer tokenizer, String source, Template template, Clock clock) {
    this.tokenizer = tokenizer;
    this.source = source;
    this.template = template;
    this.clock = clock;
  }

  /**
   * The template of a model: the file {@code chat_template.jinja}, or else {@code chat_template} in
   * {@code tokenizer_config.json}, where the one named {@code default} is taken of several.
   *
   * @throws ModelTextException if the model has no template or an invalid one
   */
  public static ChatTemplate open(Path directory, Tokenizer tokenizer) {
    Path file = directory.resolve("chat_template.jinja");
    if (Files.exists(file)) {
      return parse(ModelFile.readText(file, "to write conversations"), file, tokenizer);
    }
    Path config = directory.resolve("tokenizer_config.json");
    JsonObject settings = ModelFile.readJson(config, "for the chat template");
    JsonElement found = settings.get("chat_template");
    if (found == null || found.isJsonNull()) {
      throw new ModelTextException(
          directory
              + " has no chat template, neither chat_template.jinja nor chat_template in"
              + " tokenizer_config.json, as is usual for a model that was not trained to chat. Put"
              + " a Jinja template there as chat_template.jinja, give the text of one, or use a"
              + " built-in: "
              + String.join(", ", BUILT_IN));
    }
    return parse(defaultTemplate(found, config), config, tokenizer);
  }

  private static String defaultTemplate(JsonElement found, Path config) {
    if (found.isJsonPrimitive() && found.getAsJsonPrimitive().isString()) {
      return found.getAsString();
    }
    Map<String, String> named = new TreeMap<>();
    try {
      for (JsonElement element : found.getAsJsonArray()) {
        JsonObject entry = element.getAsJsonObject();
        named.put(entry.get("name").getAsString(), entry.get("template").getAsString());
      }
    } catch (IllegalStateException | NullPointerException | UnsupportedOperationException e) {
      throw new ModelTextException(
          config
              + ": chat_template must be a string or a list of objects with the strings 'name' and"
              + " 'template'",
          e);
    }
    if (!named.containsKey("default")) {
      throw new ModelTextException(
          config
              + ": of the chat templates "
              + named.keySet()
              + " none is named 'default'; give the text of the one that is wanted");
    }
    return named.get("default");
  }

  private static ChatTemplate parse(String source, Path file, Tokenizer tokenizer) {
    try {
      return parse(source, tokenizer);
    } catch (TemplateException e) {
      throw new ModelTextException(
          file
              + ": "
              + e.getMessage()
              + ". A template of your own can take its place as chat_template.jinja",
          e);
    }
  }

  /**
   * A template that is given as text, in place of the model's own.
   *
   * @throws TemplateException if it is not valid, or uses what is not supported; the message names
   *     the construct and its line
   */
  public static ChatTemplate parse(String source, Tokenizer tokenizer) {
    return new ChatTemplate(tokenizer, source, Template.parse(source), Clock.systemDefaultZone());
  }

  /**
   * A template for models that have none: {@code chatml}, whose two marker tokens the vocabulary
   * should have, or {@code plain}, which needs no token but the one that ends a text.
   *
   * @throws IllegalArgumentException for another name
   */
  public static ChatTemplate builtIn(String name, Tokenizer tokenizer) {
    if (!BUILT_IN.contains(name)) {
      throw new IllegalArgumentException(
          "no built-in chat template is named '" + name + "'; there are " + BUILT_IN);
    }
    try (InputStream in = ChatTemplate.class.getResourceAsStream(name + ".jinja")) {
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), tokenizer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The same template with another clock for {@code strftime_now}, which some put into a prompt.
   */
  public ChatTemplate withClock(Clock other) {
    return new ChatTemplate(tokenizer, source, template, other);
  }

  /** The template's text. */
  public String source() {
    return source;
  }

  /** SHA-256 of the template's text in UTF-8, in hex: it tells whether two runs wrote alike. */
  public String templateHash() {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha256.digest(source.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  // ---- a conversation as text ------------------------------------------------------------------

  /**
   * Writes a conversation.
   *
   * @param addGenerationPrompt whether to end with what opens the assistant's next turn
   * @param variables further variables, {@code tools} for example; they override the special tokens
   * @return the text, and the assistant's part of it as <code>{% generation %}</code> marks it; no
   *     spans if the template has no such marks
   * @throws TemplateException if the template fails or refuses the conversation
   */
  public ChatText render(
      List<ChatMessage> messages, boolean addGenerationPrompt, Map<String, ?> variables) {
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("a conversation needs at least one message");
    }
    return renderAny(messages, addGenerationPrompt, variables);
  }

  private ChatText renderAny(
      List<ChatMessage> messages, boolean addGenerationPrompt, Map<String, ?> variables) {
    Map<String, Object> all = new HashMap<>(tokenizer.specialTokens().byName());
    all.put("tools", null);
    all.put("documents", null);
    all.putAll(variables);
    all.put("messages", messages.stream().map(ChatTemplate::variable).toList());
    all.put("add_generation_prompt", addGenerationPrompt);
    Rendered rendered = template.render(all, clock);
    List<Span> spans =
        rendered.generated().stream()
            .map(region -> new Span(region.start(), region.end()))
            .toList();
    return new ChatText(rendered.text(), spans);
  }

  private static Map<String, String> variable(ChatMessage message) {
    Map<String, String> variable = new LinkedHashMap<>();
    variable.put("role", message.role());
    variable.put("content", message.content());
    return variable;
  }

  // ---- a conversation as tokens ----------------------------------------------------------------

  /** {@link #encode(List, Map)} without further variables. */
  public ChatTokens encode(List<ChatMessage> messages) {
    return encode(messages, Map.of());
  }

  /**
   * A whole conversation as token ids with the mask of what the assistant wrote, the token that
   * ends its turn included. The tokenizer adds no tokens of its own, since the template has written
   * them. Text in a message that spells a special token becomes that token, as in transformers.
   *
   * <p>A template without <code>{% generation %}</code> is asked twice for each assistant's turn:
   * for all before it with the generation prompt, and for all up to its end. What is between the
   * two is the assistant's, up to the last special token if only blanks follow that.
   *
   * @throws TemplateException if the template fails or refuses the conversation
   * @throws ModelTextException if the template has no marks and writes a turn in another way once
   *     more turns follow, so that its place cannot be found
   */
  public ChatTokens encode(List<ChatMessage> messages, Map<String, ?> variables) {
    return encodeFrom(messages, 0, variables);
  }

  /**
   * As {@link #encode(List, Map)}, where the mask is of the last messages alone: of an answer, and
   * not of the assistant's earlier turns.
   *
   * @param first index of the first message whose tokens may be masked
   * @throws IndexOutOfBoundsException if there are fewer messages
   */
  public ChatTokens encodeFrom(List<ChatMessage> messages, int first, Map<String, ?> variables) {
    List<ChatMessage> before = messages.subList(0, first);
    ChatText text = render(messages, false, variables);
    List<Span> spans;
    if (template.marksGeneration()) {
      // The marks say nothing of messages, but those before the first one leave as many alone.
      boolean marked = before.stream().anyMatch(ChatMessage::isAssistant);
      int skipped = marked ? renderAny(before, false, variables).assistantSpans().size() : 0;
      spans = text.assistantSpans().subList(skipped, text.assistantSpans().size());
    } else {
      spans = spansBetweenPrefixes(messages, first, text.text(), variables);
    }
    Encoding encoding = tokenizer.encode(text.text(), false);
    int[] mask = new int[encoding.ids().length];
    spans.forEach(span -> mark(span, encoding.offsets(), mask));
    return new ChatTokens(encoding.ids(), mask);
  }

  /**
   * The prompt for the assistant's next turn as token ids, {@code [tokens]}.
   *
   * @throws TemplateException as {@link #render} does
   */
  public int[] encodePrompt(List<ChatMessage> messages, Map<String, ?> variables) {
    return tokenizer.encode(render(messages, true, variables).text(), false).ids();
  }

  /**
   * A prompt and an answer that begins the assistant's next turn, tokenised piece by piece, so that
   * each piece ends with a token of its own. The turn is not ended.
   *
   * @param prompt what is answered
   * @param pieces of the answer, in order, with what separates them
   * @throws TemplateException as {@link #render} does
   * @throws IllegalArgumentException if a piece has no tokens
   */
  public AnswerPieces encodePieces(List<ChatMessage> prompt, List<String> pieces) {
    int[] ids = encodePrompt(prompt, Map.of());
    int[] ends = new int[pieces.size()];
    for (int i = 0; i < ends.length; i++) {
      int[] piece = tokenizer.encode(pieces.get(i), false).ids();
      if (piece.length == 0) {
        throw new IllegalArgumentException(
            "piece " + (i + 1) + " of an answer has no tokens; expected text in each");
      }
      int before = ids.length;
      ids = Arrays.copyOf(ids, before + piece.length);
      System.arraycopy(piece, 0, ids, before, piece.length);
      ends[i] = ids.length - 1;
    }
    return new AnswerPieces(ids, ends);
  }

  /** Marks all tokens from the first to the last that has a character of the span. */
  private static void mark(Span span, List<Span> offsets, int[] mask) {
    int first = -1;
    int last = -1;
    for (int i = 0; i < mask.length; i++) {
      if (offsets.get(i).overlaps(span)) {
        first = first < 0 ? i : first;
        last = i;
      }
    }
    for (int i = first; i >= 0 && i <= last; i++) {
      mask[i] = 1;
    }
  }

  private List<Span> spansBetweenPrefixes(
      List<ChatMessage> messages, int first, String whole, Map<String, ?> variables) {
    List<Span> spans = new ArrayList<>();
    for (int i = first; i < messages.size(); i++) {
      if (!messages.get(i).isAssistant()) {
        continue;
      }
      String before = renderAny(messages.subList(0, i), true, variables).text();
      String upTo = renderAny(messages.subList(0, i + 1), false, variables).text();
      if (!upTo.startsWith(before) || !whole.startsWith(upTo)) {
        throw new ModelTextException(
            "the chat template writes message "
                + (i + 1)
                + " (assistant) in another way "
                + (upTo.startsWith(before) ? "once more messages follow" : "than it prompts for it")
                + ", so the assistant's tokens cannot be told apart; put {% generation %} and {%"
                + " endgeneration %} around them in the template");
      }
      String turn = withoutBlanksAfterEnd(upTo.substring(before.length()));
      int start = before.codePointCount(0, before.length());
      spans.add(new Span(start, start + turn.codePointCount(0, turn.length())));
    }
    return spans;
  }

  /** A model stops at the token that ends its turn, so it never writes the line break after it. */
  private String withoutBlanksAfterEnd(String turn) {
    String stripped = turn.stripTrailing();
    boolean ended = tokenizer.skippedTokens().stream().anyMatch(stripped::endsWith);
    return ended ? stripped : turn;
  }
}
