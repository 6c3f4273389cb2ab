package dev.parley.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.text.ChatMessage;
import dev.parley.model.text.ChatTemplate;
import dev.parley.model.text.ChatTokens;
import dev.parley.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WordTokenizerTest {

  @TempDir private Path directory;

  @Test
  void ofAConversationExactlyTheAssistantsTokensAreMarked() throws IOException {
    WordTokenizer.write(directory, Set.of("Be", " brief", ".", "Hi", "Yes", "So", "?", "No"));
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      ChatTokens tokens =
          ChatTemplate.open(directory, tokenizer)
              .encode(
                  List.of(
                      new ChatMessage("system", "Be brief."),
                      new ChatMessage("user", "Hi"),
                      new ChatMessage("assistant", "Yes."),
                      new ChatMessage("user", "So?"),
                      new ChatMessage("assistant", "No.")));
      assertThat(tokenizer.decode(tokens.ids(), false))
          .isEqualTo(
              "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
                  + "<|im_start|>assistant\nYes.<|im_end|>\n<|im_start|>user\nSo?<|im_end|>\n"
                  + "<|im_start|>assistant\nNo.<|im_end|>\n");
      int[] marked =
          IntStream.range(0, tokens.ids().length)
              .filter(t -> tokens.assistantMask()[t] == 1)
              .map(t -> tokens.ids()[t])
              .toArray();
      assertThat(tokenizer.decode(marked, false)).isEqualTo("Yes.<|im_end|>No.<|im_end|>");
    }
  }
}
