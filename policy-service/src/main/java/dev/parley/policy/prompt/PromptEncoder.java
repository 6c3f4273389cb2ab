package dev.parley.policy.prompt;

import dev.parley.model.text.ChatMessage;
import dev.parley.model.text.ChatTemplate;
import dev.parley.model.text.ModelTextException;
import dev.parley.model.text.Tokenizer;
import dev.parley.model.text.template.TemplateException;
import dev.parley.policy.generation.InvalidRequestException;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.conversation.v1.Tokens;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.prompt.v1.Prompt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes tokens of what is asked. Conversations go through the chat template, which writes all
 * special tokens; texts are tokenised as they are, and nothing is added to them; tokens are used as
 * they are.
 */
public final class PromptEncoder {

  private final Optional<Tokenizer> tokenizer;
  private final Optional<ChatTemplate> template;
  private final String whyNoTemplate;

  private PromptEncoder(
      Optional<Tokenizer> tokenizer, Optional<ChatTemplate> template, String whyNoTemplate) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.whyNoTemplate = whyNoTemplate;
  }

  /** Prepares for a model without tokenizer, which understands tokens only. */
  public static PromptEncoder ofTokensOnly() {
    return new PromptEncoder(Optional.empty(), Optional.empty(), "the model has no tokenizer.json");
  }

  /**
   * Prepares.
   *
   * @param directory the model directory, for its chat template
   * @param tokenizer the model's
   */
  public static PromptEncoder open(Path directory, Tokenizer tokenizer) {
    try {
      ChatTemplate template = ChatTemplate.open(directory, tokenizer);
      return new PromptEncoder(Optional.of(tokenizer), Optional.of(template), "");
    } catch (ModelTextException e) {
      return new PromptEncoder(Optional.of(tokenizer), Optional.empty(), e.getMessage());
    }
  }

  /** Returns why conversations are not understood, if they are not. */
  public Optional<String> whyNoConversations() {
    return template.isPresent() ? Optional.empty() : Optional.of(whyNoTemplate);
  }

  /** Returns the SHA-256 of the chat template; empty if there is none. */
  public String templateHash() {
    return template.map(ChatTemplate::templateHash).orElse("");
  }

  /**
   * Reads the prompt of an event.
   *
   * @throws InvalidRequestException if it cannot be understood; the message begins with the field
   */
  public EncodedPrompt encode(Prompt prompt) {
    return switch (prompt.getContentCase()) {
      case CONVERSATION -> conversation(prompt.getConversation());
      case TEXT -> text(prompt.getText());
      case TOKENS -> tokens(prompt.getTokens());
      case CONTENT_NOT_SET ->
          throw new InvalidRequestException(
              "content is not set, expected conversation, text or tokens");
    };
  }

  /**
   * Reads the prompt of a request.
   *
   * @throws InvalidRequestException if it cannot be understood; the message begins with the field
   */
  public EncodedPrompt encode(GenerateRequest request) {
    return switch (request.getPromptCase()) {
      case CONVERSATION -> conversation(request.getConversation());
      case TEXT -> text(request.getText());
      case TOKENS -> tokens(request.getTokens());
      case PROMPT_NOT_SET ->
          throw new InvalidRequestException(
              "prompt is not set, expected conversation, text or tokens");
    };
  }

  private EncodedPrompt conversation(Conversation conversation) {
    ChatTemplate chat =
        template.orElseThrow(
            () -> new InvalidRequestException("conversation cannot be read: " + whyNoTemplate));
    List<ChatMessage> messages = new ArrayList<>();
    try {
      for (Message message : conversation.getMessagesList()) {
        messages.add(new ChatMessage(message.getRole(), message.getContent()));
      }
      int[] tokens = chat.encodePrompt(messages, Map.of());
      return checked("conversation", tokens, chat.templateHash(), Optional.empty());
    } catch (TemplateException | ModelTextException | IllegalArgumentException e) {
      throw new InvalidRequestException("conversation cannot be read: " + e.getMessage());
    }
  }

  private EncodedPrompt text(String text) {
    Tokenizer present =
        tokenizer.orElseThrow(
            () -> new InvalidRequestException("text cannot be read: " + whyNoTemplate));
    try {
      return checked("text", present.encode(text, false).ids(), "", Optional.of(text));
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException("text cannot be read: " + e.getMessage());
    }
  }

  private EncodedPrompt tokens(Tokens asked) {
    int[] tokens = asked.getTokenIdsList().stream().mapToInt(Integer::intValue).toArray();
    return checked("tokens", tokens, "", tokenizer.map(present -> present.decode(tokens, true)));
  }

  private static EncodedPrompt checked(
      String field, int[] tokens, String templateHash, Optional<String> text) {
    if (tokens.length == 0) {
      throw new InvalidRequestException(field + " holds no tokens, expected at least one");
    }
    return new EncodedPrompt(tokens, templateHash, text);
  }
}
