package dev.parley.policy.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.TinyModel;
import dev.parley.model.text.Tokenizer;
import dev.parley.policy.generation.InvalidRequestException;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.conversation.v1.Tokens;
import dev.parley.proto.prompt.v1.Prompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptEncoderTest {

  private static final Prompt CONVERSATION =
      Prompt.newBuilder()
          .setConversation(
              Conversation.newBuilder()
                  .addMessages(Message.newBuilder().setRole("user").setContent("Hi")))
          .build();

  @TempDir Path directory;

  private Path model;
  private Tokenizer tokenizer;

  @BeforeEach
  void open() {
    model = TinyModel.write(directory.resolve("model"), 1);
    tokenizer = Tokenizer.open(model);
  }

  @AfterEach
  void close() {
    tokenizer.close();
  }

  @Test
  void aConversationIsWrittenByTheTemplateUpToTheAnswer() {
    PromptEncoder encoder = PromptEncoder.open(model, tokenizer);
    EncodedPrompt encoded = encoder.encode(CONVERSATION);
    String expected = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n";
    assertThat(tokenizer.decode(encoded.tokens(), false)).isEqualTo(expected);
    assertThat(encoded.templateHash()).isEqualTo(encoder.templateHash()).matches("[0-9a-f]{64}");
  }

  @Test
  void aSystemPromptAndEarlierTurnsAreWrittenToo() {
    Conversation.Builder conversation = Conversation.newBuilder();
    List.of("system:Be brief.", "user:Hi", "assistant:Yes.", "user:And?")
        .forEach(
            turn -> {
              String[] parts = turn.split(":");
              conversation.addMessages(Message.newBuilder().setRole(parts[0]).setContent(parts[1]));
            });
    int[] tokens =
        PromptEncoder.open(model, tokenizer)
            .encode(Prompt.newBuilder().setConversation(conversation).build())
            .tokens();
    assertThat(tokenizer.decode(tokens, false))
        .isEqualTo(
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
                + "<|im_start|>assistant\nYes.<|im_end|>\n<|im_start|>user\nAnd?<|im_end|>\n"
                + "<|im_start|>assistant\n");
  }

  @Test
  void aTextIsTokenisedAsItIs() {
    EncodedPrompt encoded =
        PromptEncoder.open(model, tokenizer).encode(Prompt.newBuilder().setText("Hi").build());
    assertThat(encoded.tokens()).containsExactly('H', 'i');
    assertThat(encoded.text()).contains("Hi");
    assertThat(encoded.templateHash()).isEmpty();
  }

  @Test
  void tokensAreUsedAsTheyAreAndSpeltForScorers() {
    Tokens tokens = Tokens.newBuilder().addTokenIds('H').addTokenIds('i').addTokenIds(258).build();
    EncodedPrompt encoded =
        PromptEncoder.open(model, tokenizer).encode(Prompt.newBuilder().setTokens(tokens).build());
    assertThat(encoded.tokens()).containsExactly('H', 'i', 258);
    assertThat(encoded.text()).contains("Hi");
  }

  @Test
  void nothingIsRefused() {
    assertThatThrownBy(
            () -> PromptEncoder.open(model, tokenizer).encode(Prompt.getDefaultInstance()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("content is not set, expected conversation, text or tokens");
  }

  @Test
  void withoutATemplateConversationsAreRefusedWithTheReason() throws IOException {
    Files.writeString(model.resolve("tokenizer_config.json"), "{}");
    PromptEncoder encoder = PromptEncoder.open(model, tokenizer);
    assertThat(encoder.whyNoConversations()).get().asString().contains("has no chat template");
    assertThat(encoder.templateHash()).isEmpty();
    assertThatThrownBy(() -> encoder.encode(CONVERSATION))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith("conversation cannot be read: ")
        .hasMessageContaining("has no chat template");
  }

  @Test
  void withoutATokenizerOnlyTokensAreUnderstood() {
    PromptEncoder encoder = PromptEncoder.ofTokensOnly();
    Prompt tokens = Prompt.newBuilder().setTokens(Tokens.newBuilder().addTokenIds(1)).build();
    assertThat(encoder.encode(tokens).text()).isEmpty();
    assertThatThrownBy(() -> encoder.encode(Prompt.newBuilder().setText("Hi").build()))
        .hasMessage("text cannot be read: the model has no tokenizer.json");
  }

  @Test
  void aMessageWithoutARoleIsRefused() {
    Prompt prompt =
        Prompt.newBuilder()
            .setConversation(
                Conversation.newBuilder().addMessages(Message.newBuilder().setContent("Hi")))
            .build();
    assertThatThrownBy(() -> PromptEncoder.open(model, tokenizer).encode(prompt))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("a message needs a role");
  }
}
