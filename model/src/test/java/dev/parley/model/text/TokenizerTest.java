package dev.parley.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
  @TempDir Path directory;

  @Test
  void eachTokenHasItsPlaceInCodePoints() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      Encoding encoding = tokenizer.encode("a😀b", false);
      assertThat(encoding.ids()).containsExactly('a', 0xf0, 0x9f, 0x98, 0x80, 'b');
      assertThat(encoding.offsets())
          .containsExactly(
              new Span(0, 1),
              new Span(1, 2),
              new Span(1, 2),
              new Span(1, 2),
              new Span(1, 2),
              new Span(2, 3));
      assertThat(encoding.tokens()).startsWith("a", "ð").endsWith("b");
    }
  }

  @Test
  void specialTokenInTheTextBecomesItsId() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      assertThat(tokenizer.encode("a<end>", false).ids()).containsExactly('a', TinyTokenizers.END);
    }
  }

  @Test
  void addedSpecialTokensHaveNoPlaceInTheText() {
    TinyTokenizers.bytes(directory);
    TinyTokenizers.with(
        directory,
        "post_processor",
        """
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "<start>", "type_id": 0}},
                    {"Sequence": {"id": "A", "type_id": 0}}],
         "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
         "special_tokens": {"<start>": {"id": "<start>", "ids": [257], "tokens": ["<start>"]}}}
        """);
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      Encoding encoding = tokenizer.encode("a", true);
      assertThat(encoding.ids()).containsExactly(TinyTokenizers.START, 'a');
      assertThat(encoding.offsets()).containsExactly(new Span(0, 0), new Span(0, 1));
      assertThat(tokenizer.encode("a", false).ids()).containsExactly('a');
    }
  }

  @Test
  void noTextIsCutOrPaddedWhateverTheFileSays() {
    TinyTokenizers.bytes(directory);
    TinyTokenizers.with(
        directory,
        "truncation",
        "{'direction': 'Right', 'max_length': 3, 'strategy': 'LongestFirst', 'stride': 0}");
    TinyTokenizers.with(
        directory,
        "padding",
        """
        {"strategy": {"Fixed": 2000}, "direction": "Right", "pad_to_multiple_of": null,
         "pad_id": 0, "pad_type_id": 0, "pad_token": "!"}
        """);
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      assertThat(tokenizer.encode("x".repeat(1000), true).ids()).hasSize(1000);
    }
  }

  @Test
  void decodeSkipsSpecialTokensOnRequest() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      int[] ids = {'a', TinyTokenizers.END, ' ', '.'};
      assertThat(tokenizer.decode(ids, false)).isEqualTo("a<end> .");
      assertThat(tokenizer.decode(ids, true)).isEqualTo("a .");
    }
  }

  @Test
  void idsBeyondTheVocabularyAreLeftOut() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      assertThat(tokenizer.decode(new int[] {'a', 99_999, 'b'}, false)).isEqualTo("ab");
    }
  }

  @Test
  void halfASurrogatePairIsRefused() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      assertThatThrownBy(() -> tokenizer.encode("ab\ud83d", false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("index 2");
    }
  }

  @Test
  void vocabularyCountsAddedTokensAndKnowsBothWays() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      assertThat(tokenizer.vocabularySize()).isEqualTo(258);
      assertThat(tokenizer.id("<end>")).hasValue(TinyTokenizers.END);
      assertThat(tokenizer.token(TinyTokenizers.END)).hasValue("<end>");
      assertThat(tokenizer.token(258)).isEmpty();
      assertThat(tokenizer.id("nowhere")).isEmpty();
    }
  }

  @Test
  void specialTokensMayBeStringsObjectsOrNull() {
    TinyTokenizers.bytes(directory);
    TinyTokenizers.write(
        directory,
        "tokenizer_config.json",
        "{\"bos_token\": {\"content\": \"<start>\", \"lstrip\": false}, \"eos_token\": \"<end>\","
            + " \"pad_token\": null}");
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      assertThat(tokenizer.specialTokens().bos()).hasValue("<start>");
      assertThat(tokenizer.bosId()).hasValue(TinyTokenizers.START);
      assertThat(tokenizer.eosId()).hasValue(TinyTokenizers.END);
      assertThat(tokenizer.padId()).isEmpty();
      assertThat(tokenizer.specialTokens().unk()).isEmpty();
    }
  }

  @Test
  void olderSpecialTokensMapOverridesTheConfiguration() {
    TinyTokenizers.bytes(directory);
    TinyTokenizers.write(directory, "special_tokens_map.json", "{\"eos_token\": \"<start>\"}");
    assertThat(SpecialTokens.read(directory).eos()).hasValue("<start>");
  }

  @Test
  void specialTokensMapIsIgnoredBesideAddedTokensDecoder() {
    TinyTokenizers.bytes(directory);
    TinyTokenizers.write(
        directory,
        "tokenizer_config.json",
        "{\"eos_token\": \"<end>\", \"added_tokens_decoder\": {}}");
    TinyTokenizers.write(directory, "special_tokens_map.json", "{\"eos_token\": \"<start>\"}");
    assertThat(SpecialTokens.read(directory).eos()).hasValue("<end>");
  }

  @Test
  void missingFileIsNamedWithWhatToDo() {
    assertThatThrownBy(() -> Tokenizer.open(directory))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining(directory.resolve("tokenizer.json").toString())
        .hasMessageContaining("Copy it");
  }

  @Test
  void missingConfigurationIsNamed() throws IOException {
    Files.delete(TinyTokenizers.bytes(directory).resolve("tokenizer_config.json"));
    assertThatThrownBy(() -> Tokenizer.open(directory))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining("tokenizer_config.json");
  }

  @Test
  void truncatedFileIsNamed() throws IOException {
    Path file = TinyTokenizers.bytes(directory).resolve("tokenizer.json");
    String whole = Files.readString(file);
    Files.writeString(file, whole.substring(0, whole.length() / 2));
    assertThatThrownBy(() -> Tokenizer.open(directory))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining("tokenizer.json cannot be used");
  }

  @Test
  void whatTheNativeLibraryRefusesIsReportedWithTheFile() {
    TinyTokenizers.with(
        TinyTokenizers.bytes(directory), "pre_tokenizer", "{\"type\": \"NoSuchPreTokenizer\"}");
    assertThatThrownBy(() -> Tokenizer.open(directory))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining("tokenizer.json cannot be used");
  }

  @Test
  void fileWithoutVocabularyIsNamed() {
    TinyTokenizers.with(TinyTokenizers.bytes(directory), "model", "{\"type\": \"BPE\"}");
    assertThatThrownBy(() -> Tokenizer.open(directory))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining("model.vocab");
  }

  @Test
  void textThatIsNoUtf8IsNamed() throws IOException {
    Path file = TinyTokenizers.bytes(directory).resolve("tokenizer_config.json");
    Files.write(file, new byte[] {'{', (byte) 0xff, '}'});
    assertThatThrownBy(() -> Tokenizer.open(directory))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining("tokenizer_config.json")
        .hasMessageContaining("UTF-8");
  }

  @Test
  void specialTokenOutsideTheVocabularyIsNamed() {
    TinyTokenizers.bytes(directory);
    TinyTokenizers.write(directory, "tokenizer_config.json", "{\"pad_token\": \"<pad>\"}");
    assertThatThrownBy(() -> Tokenizer.open(directory))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining("pad_token is '<pad>'");
  }

  @Test
  void specialTokenOfAnotherTypeIsNamed() {
    TinyTokenizers.bytes(directory);
    TinyTokenizers.write(directory, "tokenizer_config.json", "{\"eos_token\": 5}");
    assertThatThrownBy(() -> Tokenizer.open(directory))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining("eos_token must be a string")
        .hasMessageContaining("found 5");
  }

  @Test
  void manyThreadsMayShareOneTokenizer() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      List<Callable<String>> tasks = new ArrayList<>();
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String text = "text " + i + " ü😀".repeat(i % 7);
        texts.add(text);
        tasks.add(() -> tokenizer.decode(tokenizer.encode(text, false).ids(), false));
      }
      List<String> results = new ArrayList<>();
      for (Future<String> result : threads.invokeAll(tasks)) {
        results.add(result.get());
      }
      assertThat(results).isEqualTo(texts);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void closedTokenizerSaysSo() {
    Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory));
    tokenizer.close();
    tokenizer.close();
    assertThatThrownBy(() -> tokenizer.encode("a", false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }
}
