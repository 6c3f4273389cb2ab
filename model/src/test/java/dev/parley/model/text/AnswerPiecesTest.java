package dev.parley.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.TinyModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnswerPiecesTest {

  private static final List<ChatMessage> PROMPT = List.of(new ChatMessage("user", "How?"));

  @TempDir Path directory;

  @Test
  void piecesFollowThePromptAndEachEndsWithATokenOfItsOwn() {
    TinyModel.write(directory.resolve("model"), 1);
    try (Tokenizer tokenizer = Tokenizer.open(directory.resolve("model"))) {
      ChatTemplate template = ChatTemplate.open(directory.resolve("model"), tokenizer);
      AnswerPieces pieces = template.encodePieces(PROMPT, List.of("So.\n", "Then é.\n"));
      assertThat(tokenizer.decode(pieces.ids(), false))
          .isEqualTo("<|im_start|>user\nHow?<|im_end|>\n<|im_start|>assistant\nSo.\nThen é.\n");
      assertThat(pieces.ends()).hasSize(2);
      assertThat(tokenizer.decode(Arrays.copyOf(pieces.ids(), pieces.ends()[0] + 1), false))
          .endsWith("assistant\nSo.\n");
      assertThat(pieces.ends()[1]).isEqualTo(pieces.ids().length - 1);
    }
  }

  @Test
  void aPieceWithoutTextIsRefused() {
    TinyModel.write(directory.resolve("model"), 1);
    try (Tokenizer tokenizer = Tokenizer.open(directory.resolve("model"))) {
      ChatTemplate template = ChatTemplate.open(directory.resolve("model"), tokenizer);
      assertThatThrownBy(() -> template.encodePieces(PROMPT, List.of("So.", "")))
          .hasMessage("piece 2 of an answer has no tokens; expected text in each");
    }
  }
}
