package dev.parley.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.RandomModels;
import dev.parley.model.generation.Generation;
import dev.parley.model.generation.SamplingOptions;
import dev.parley.model.generation.Sequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The decoder's program gives the numbers of its naive twin, however its rows are batched. */
class DecoderTest {

  static Stream<RandomModels.Architecture> architectures() {
    return RandomModels.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void logitsAreThoseOfTheNaiveTwin(RandomModels.Architecture architecture) {
    for (long seed = 1; seed <= 3; seed++) {
      TokenBatch batch = RandomModels.batch(new Random(seed), 4, 40);
      try (LanguageModel model = architecture.create(seed)) {
        NaiveDecoder twin = NaiveDecoder.of(model);
        float[][] logits = model.logits(batch);
        int next = 0;
        for (int[] row : RandomModels.rows(batch)) {
          for (double[] expected : twin.logits(row)) {
            assertClose(logits[next++], expected, 1e-4);
          }
        }
        assertThat(next).isEqualTo(batch.size());
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.parley.model.RandomModels#kindsOfAttention")
  void rowsThatAttentionTakesInSeveralBlocksAreThoseOfTheTwin(
      RandomModels.Architecture architecture) {
    TokenBatch batch = RandomModels.batch(new Random(9), 2, 530);
    try (LanguageModel model = architecture.create(9)) {
      NaiveDecoder twin = NaiveDecoder.of(model);
      float[][] logits = model.logits(batch);
      int next = 0;
      for (int[] row : RandomModels.rows(batch)) {
        for (double[] expected : twin.logits(row)) {
          assertClose(logits[next++], expected, 1e-4);
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void logProbsAndEntropiesAreThoseOfTheNaiveTwin(RandomModels.Architecture architecture) {
    TokenBatch batch = RandomModels.batch(new Random(4), 3, 20);
    float[] temperatures = new float[batch.size() - batch.rows()];
    Arrays.fill(temperatures, 1.7f);
    try (LanguageModel model = architecture.create(4)) {
      NaiveDecoder twin = NaiveDecoder.of(model);
      List<float[]> plain = model.logProbs(batch, 1);
      List<float[]> tempered = model.logProbs(batch, 1.7);
      PositionScores scores = model.scores(batch, followed(batch), temperatures);
      float[] entropies;
      try (ForwardPass pass = model.forward(batch, followed(batch), temperatures)) {
        entropies = pass.entropies().toFloatArray();
      }
      int next = 0;
      for (int b = 0; b < batch.rows(); b++) {
        int[] row = RandomModels.rows(batch).get(b);
        double[][] logits = twin.logits(row);
        for (int t = 0; t < row.length - 1; t++) {
          double[] one = NaiveLogProbs.of(logits[t], 1);
          double[] warm = NaiveLogProbs.of(logits[t], 1.7);
          assertThat((double) plain.get(b)[t]).isCloseTo(one[row[t + 1]], within(1e-4));
          assertThat((double) tempered.get(b)[t]).isCloseTo(warm[row[t + 1]], within(1e-4));
          assertThat((double) entropies[next]).isCloseTo(NaiveLogProbs.entropy(warm), within(1e-4));
          assertThat(scores.logProbs()[next++]).isEqualTo(tempered.get(b)[t]);
        }
      }
      assertThat(next).isEqualTo(scores.logProbs().length);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void aRowGivesTheSameNumbersAloneAndInARaggedBatch(RandomModels.Architecture architecture) {
    TokenBatch batch = RandomModels.batch(new Random(5), 5, 17);
    try (LanguageModel model = architecture.create(5)) {
      List<float[]> together = model.logProbs(batch, 1);
      List<int[]> rows = RandomModels.rows(batch);
      for (int b = 0; b < rows.size(); b++) {
        float[] alone = model.logProbs(TokenBatch.of(List.of(rows.get(b))), 1).get(0);
        assertThat(together.get(b)).containsExactly(alone, within(1e-5f));
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void paddingOnEitherSideChangesNoBit(RandomModels.Architecture architecture) {
    TokenBatch batch = RandomModels.batch(new Random(6), 4, 11);
    try (LanguageModel model = architecture.create(6)) {
      float[][] expected = model.logits(batch);
      for (boolean left : new boolean[] {true, false}) {
        assertThat(model.logits(padded(batch, left))).isDeepEqualTo(expected);
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void generationWithTheCacheIsThatOfFullForwardPasses(RandomModels.Architecture architecture) {
    TokenBatch prompts = RandomModels.batch(new Random(7), 3, 9);
    SamplingOptions options = SamplingOptions.plain(14, Set.of(), 0);
    try (LanguageModel model = architecture.create(7)) {
      List<Sequence> greedy = Generation.all(model, prompts, options.greedy());
      List<Sequence> sampled = Generation.all(model, prompts, options);
      for (int b = 0; b < prompts.rows(); b++) {
        int[] prompt = RandomModels.rows(prompts).get(b);
        assertThat(greedy.get(b).tokens()).isEqualTo(greedyByFullPasses(model, prompt, 14));
        int[] whole = concat(prompt, sampled.get(b).tokens());
        float[] all = model.logProbs(TokenBatch.of(List.of(whole)), 1).get(0);
        float[] expected = Arrays.copyOfRange(all, prompt.length - 1, all.length);
        assertThat(sampled.get(b).modelLogProbs()).containsExactly(expected, within(1e-4f));
        assertThat(sampled.get(b).samplingLogProbs()).containsExactly(expected, within(1e-4f));
      }
    }
  }

  @Test
  void scalarsAreThoseOfTheNaiveTwin() {
    TokenBatch batch = RandomModels.batch(new Random(8), 4, 12);
    int[] everywhere = IntStream.range(0, batch.size()).toArray();
    for (RandomModels.Architecture architecture : architectures().toList()) {
      try (LanguageModel model = architecture.create(8);
          LanguageModel reward = RandomModels.randomize(model.withHeads(Heads.SCORE, 9), 10);
          LanguageModel critic =
              RandomModels.randomize(model.withHeads(Heads.LANGUAGE_AND_VALUE, 9), 11)) {
        double[] expected = new double[batch.rows()];
        for (int b = 0; b < expected.length; b++) {
          double[] row = NaiveDecoder.of(reward).scalars(RandomModels.rows(batch).get(b));
          expected[b] = row[row.length - 1];
        }
        assertClose(reward.finalScalars(batch), expected, 1e-4);
        assertClose(
            reward.scores(batch, everywhere, new float[0]).scalars(),
            everywhereScalars(NaiveDecoder.of(reward), batch),
            1e-4);
        float[] values = critic.scores(batch, followed(batch), new float[0]).scalars();
        double[] all = everywhereScalars(NaiveDecoder.of(critic), batch);
        assertClose(
            values, Arrays.stream(followed(batch)).mapToDouble(i -> all[i]).toArray(), 1e-4);
      }
    }
  }

  @Test
  void aTokenOutsideTheVocabularyIsRefused() {
    try (LanguageModel model = architectures().findFirst().orElseThrow().create(1)) {
      for (int token : new int[] {-1, RandomModels.VOCABULARY}) {
        TokenBatch batch = TokenBatch.of(List.of(new int[] {1, token, 2}));
        String message = "the batch holds token " + token + ", the vocabulary has 13 tokens";
        assertThatThrownBy(() -> model.logits(batch))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage(message);
        assertThatThrownBy(() -> model.forward(batch, new int[] {0}, new float[0]))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage(message);
      }
    }
  }

  @Test
  void aRowLongerThanTheLearnedPositionsIsRefused() {
    TokenBatch batch = RandomModels.batch(new Random(1), 1, 65);
    for (RandomModels.Architecture architecture : architectures().toList()) {
      if (architecture.name().startsWith("gpt2")) {
        try (LanguageModel model = architecture.create(1)) {
          assertThatThrownBy(() -> model.logits(batch))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessage("the longest row has 65 tokens, the model has 64 learned positions");
        }
      }
    }
  }

  @Test
  void aPositionWithoutATokenIsRefused() {
    TokenBatch batch = TokenBatch.of(List.of(new int[] {1, 2, 3}, new int[] {4, 5}));
    try (LanguageModel model = architectures().findFirst().orElseThrow().create(1)) {
      assertThatThrownBy(() -> model.scores(batch, new int[] {5}, new float[0]))
          .hasMessage("position is 5, expected 0 to 4");
      assertThatThrownBy(() -> model.scores(batch, new int[] {-1}, new float[0]))
          .hasMessage("position is -1, expected 0 to 4");
      assertThatThrownBy(() -> model.scores(batch, new int[] {0, 2}, new float[0]))
          .hasMessage("position 2 is the last of its row: no token follows it");
    }
  }

  @Test
  void temperaturesAreOneForEachPosition() {
    TokenBatch batch = TokenBatch.of(List.of(new int[] {1, 2, 3}));
    try (LanguageModel model = architectures().findFirst().orElseThrow().create(1)) {
      assertThatThrownBy(() -> model.scores(batch, new int[] {0, 1}, new float[] {1}))
          .hasMessage("there are 1 temperatures, expected none or one for each of 2 positions");
      assertThatThrownBy(() -> model.scores(batch, new int[] {0, 1}, new float[] {1, 0}))
          .hasMessage("temperature is 0.0, expected more than 0");
    }
  }

  @Test
  void noPositionsGiveNoNumbers() {
    TokenBatch batch = TokenBatch.of(List.of(new int[] {1}));
    try (LanguageModel model = architectures().findFirst().orElseThrow().create(1)) {
      assertThat(model.scores(batch, new int[0], new float[0]).logProbs()).isEmpty();
      assertThat(model.logProbs(batch, 1).get(0)).isEmpty();
    }
  }

  private static double[] everywhereScalars(NaiveDecoder twin, TokenBatch batch) {
    return RandomModels.rows(batch).stream()
        .flatMapToDouble(row -> Arrays.stream(twin.scalars(row)))
        .toArray();
  }

  private static int[] greedyByFullPasses(LanguageModel model, int[] prompt, int count) {
    int[] tokens = prompt;
    for (int i = 0; i < count; i++) {
      float[][] logits = model.logits(TokenBatch.of(List.of(tokens)));
      float[] last = logits[tokens.length - 1];
      int best =
          IntStream.range(0, last.length).reduce((a, b) -> last[b] > last[a] ? b : a).getAsInt();
      tokens = concat(tokens, new int[] {best});
    }
    return Arrays.copyOfRange(tokens, prompt.length, tokens.length);
  }

  private static int[] concat(int[] a, int[] b) {
    return IntStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
  }

  private static TokenBatch padded(TokenBatch batch, boolean left) {
    int width = batch.longest() + 3;
    int[][] ids = new int[batch.rows()][width];
    int[][] mask = new int[batch.rows()][width];
    List<int[]> rows = RandomModels.rows(batch);
    for (int b = 0; b < rows.size(); b++) {
      Arrays.fill(ids[b], RandomModels.VOCABULARY - 1);
      int start = left ? width - rows.get(b).length : 0;
      for (int t = 0; t < rows.get(b).length; t++) {
        ids[b][start + t] = rows.get(b)[t];
        mask[b][start + t] = 1;
      }
    }
    return TokenBatch.ofPadded(ids, mask);
  }

  /** Returns the positions after which a token follows. */
  static int[] followed(TokenBatch batch) {
    List<Integer> positions = new ArrayList<>();
    for (int b = 0; b < batch.rows(); b++) {
      for (int t = 0; t < batch.lengths()[b] - 1; t++) {
        positions.add(batch.starts()[b] + t);
      }
    }
    return positions.stream().mapToInt(Integer::intValue).toArray();
  }

  private static void assertClose(float[] actual, double[] expected, double tolerance) {
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).as("element %s", i).isCloseTo(expected[i], within(tolerance));
    }
  }
}
