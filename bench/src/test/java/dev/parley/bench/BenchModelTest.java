package dev.parley.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.LanguageModel;
import dev.parley.model.torchscript.EngineOptions;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchModelTest {

  @Test
  void fiveMillionIsTheNumberOfParameters() {
    try (LanguageModel model =
        LanguageModel.create(BenchModel.FIVE_MILLION.config(), 1, EngineOptions.CPU)) {
      assertThat(model.weights().parameters()).isEqualTo(5_008_640);
    }
  }

  @Test
  void sharedKeysAndValuesReachTheModel() {
    BenchModel grouped = new BenchModel("tiny", 12, 16, 1, 6, 2, 50);
    try (LanguageModel model = LanguageModel.create(grouped.config(), 1, EngineOptions.CPU)) {
      assertThat(model.shape().heads()).isEqualTo(6);
      assertThat(model.shape().keyValueHeads()).isEqualTo(2);
      assertThat(model.shape().tied()).isTrue();
    }
  }

  @Test
  void wordsBeyondTheVocabularyBeginAnew() {
    BenchModel tiny = new BenchModel("tiny", 12, 16, 1, 6, 2, 50);

    assertThat(List.of(tiny.word(0), tiny.word(46), tiny.word(47)))
        .containsExactly("w0", "w46", "w0");
  }
}
