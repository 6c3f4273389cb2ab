package dev.parley.policy.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.TinyModel;
import dev.parley.model.text.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenNamesTest {

  @TempDir static Path directory;

  @Test
  void aTokenIsCalledAsItsTextAndAPartOfACharacterAsTheVocabularySpellsIt() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyModel.write(directory.resolve("names"), 1))) {
      TokenNames names = new TokenNames(Optional.of(tokenizer));
      assertThat(names.of('A')).isEqualTo("A");
      assertThat(names.bytes('A').toString()).isEqualTo("[65]");
      assertThat(names.of(' ')).isEqualTo(" ");
      assertThat(names.of(TinyModel.END_OF_TURN)).isEqualTo("<|im_end|>");
      assertThat(names.of(0xc3)).isEqualTo("Ã");
      assertThat(names.bytes(0xc3)).isNull();
      List<String> all = IntStream.range(0, 259).mapToObj(names::of).toList();
      assertThat(all).doesNotHaveDuplicates();
    }
  }

  @Test
  void withoutATokenizerATokenIsCalledByItsId() {
    TokenNames names = new TokenNames(Optional.empty());
    assertThat(names.of(17)).isEqualTo("token_id:17");
    assertThat(names.bytes(17)).isNull();
  }

  @Test
  void tokensBeginWhereTheTextIsCertainSoFarInCodePoints() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyModel.write(directory.resolve("offsets"), 1))) {
      int[] tokens = tokenizer.encode("a😀b", false).ids();
      TextOffsets offsets = new TextOffsets(Optional.of(tokenizer), 10, true);
      assertThat(IntStream.of(tokens).map(offsets::next).toArray())
          .containsExactly(10, 11, 11, 11, 11, 12);
    }
  }
}
