package dev.parley.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.EngineOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void rewardIsTheShareOfEvenWordsLessThatOfOddOnes(@TempDir Path directory) {
    BenchModel small = new BenchModel("small", 64, 96, 2, 4, 4, 50);
    small.writeReward(directory);
    int[] odd = IntStream.range(0, 40).map(i -> 4 + 2 * (i % 20)).toArray();
    int[] even = IntStream.range(0, 40).map(i -> 3 + 2 * (i % 20)).toArray();
    int[] mixed = IntStream.range(0, 40).map(i -> 3 + i).toArray();

    try (LanguageModel model = LanguageModel.open(directory, EngineOptions.CPU)) {
      float[] scores = model.finalScalars(TokenBatch.of(List.of(odd, mixed, even)));

      assertThat(scores[1]).isCloseTo(0, within(0.2f));
      assertThat(scores[2]).isGreaterThan(3);
      assertThat(scores[0]).isLessThan(-3);
    }
  }
}
