package dev.parley.model.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.RandomModels;
import dev.parley.model.RandomModels.Architecture;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.vector.VectorEngine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every engine does, for every family. */
class DecodeEngineTest {

  private static final int ROOM = 64;
  private static final int ROWS = 4;

  /** A way to decode, by name. */
  private record Kind(String name, Function<LanguageModel, DecodeEngine> open) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static List<Kind> kinds() {
    return List.of(
        new Kind("torch", model -> new TorchEngine(model, ROWS, ROWS * ROOM)),
        new Kind("vector", model -> vector(model, 1)),
        new Kind("vector, three threads", model -> vector(model, 3)));
  }

  private static VectorEngine vector(LanguageModel model, int threads) {
    return new VectorEngine(model, WeightFormat.FLOAT32, ROWS, ROWS * ROOM, threads);
  }

  private static Stream<Arguments> everyKindForEveryFamily() {
    return RandomModels.all()
        .flatMap(shape -> kinds().stream().map(kind -> Arguments.of(kind, shape)));
  }

  private static Stream<Arguments> everyKindForEveryAttention() {
    return RandomModels.kindsOfAttention()
        .flatMap(shape -> kinds().stream().map(kind -> Arguments.of(kind, shape)));
  }

  private static Draw likeliest() {
    return new Draw(0, 0, 1, List.of(), 0);
  }

  private static Feed feed(DecodeEngine.Row row, int... tokens) {
    return new Feed(row, tokens, Optional.of(likeliest()));
  }

  private static int[] tokens(long seed, int count) {
    return new Random(seed).ints(count, 0, RandomModels.VOCABULARY).toArray();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("everyKindForEveryFamily")
  void logProbsAreThoseOfAForwardPass(Kind kind, Architecture shape) {
    try (LanguageModel model = shape.create(5);
        DecodeEngine engine = kind.open().apply(model)) {
      int[] prompt = tokens(1, 41);
      DecodeEngine.Row row = engine.open(prompt, ROOM).orElseThrow();
      List<Integer> all = new ArrayList<>(Arrays.stream(prompt).boxed().toList());
      List<Drawn> drawn = new ArrayList<>(engine.step(List.of(feed(row, prompt))));
      for (int i = 0; i < 8; i++) {
        int token = drawn.get(i).token();
        all.add(token);
        drawn.addAll(engine.step(List.of(feed(row, token))));
      }
      int[] sequence = all.stream().mapToInt(Integer::intValue).toArray();
      float[] expected = model.logProbs(TokenBatch.of(List.of(sequence)), 1).get(0);
      for (int i = 0; i < 8; i++) {
        assertThat(drawn.get(i).modelLogProb())
            .as("token %d", i)
            .isCloseTo(expected[prompt.length - 1 + i], within(2e-4f));
      }
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("everyKindForEveryAttention")
  void aPromptGivesTheSameInWhateverPiecesItIsRead(Kind kind, Architecture shape) {
    try (LanguageModel model = shape.create(5);
        DecodeEngine engine = kind.open().apply(model)) {
      int[] prompt = tokens(2, 47);
      DecodeEngine.Row whole = engine.open(prompt, ROOM).orElseThrow();
      Drawn expected = engine.step(List.of(feed(whole, prompt))).get(0);
      engine.release(whole);
      engine.weightsReplaced();
      DecodeEngine.Row row = engine.open(prompt, ROOM).orElseThrow();
      Drawn last = null;
      int[] ends = {1, 4, 5, 31, 33, 47};
      for (int end : ends) {
        int[] piece = Arrays.copyOfRange(prompt, row.length(), end);
        boolean done = end == prompt.length;
        List<Drawn> drawn =
            engine.step(
                List.of(new Feed(row, piece, done ? Optional.of(likeliest()) : Optional.empty())));
        last = done ? drawn.get(0) : last;
      }
      near(last, expected);
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("everyKindForEveryAttention")
  void rowsDoNotTouchEachOther(Kind kind, Architecture shape) {
    try (LanguageModel model = shape.create(5);
        DecodeEngine together = kind.open().apply(model);
        DecodeEngine alone = kind.open().apply(model)) {
      List<int[]> prompts =
          IntStream.range(0, ROWS).mapToObj(i -> tokens(10 + i, 3 + 11 * i)).toList();
      List<DecodeEngine.Row> rows =
          prompts.stream().map(prompt -> together.open(prompt, ROOM).orElseThrow()).toList();
      List<Feed> feeds = new ArrayList<>();
      for (int i = 0; i < ROWS; i++) {
        feeds.add(feed(rows.get(i), prompts.get(i)));
      }
      List<Drawn> first = together.step(feeds);
      // Only some rows go on: those are not the first rows of the cache.
      List<Drawn> second =
          together.step(
              List.of(
                  feed(rows.get(3), first.get(3).token()),
                  feed(rows.get(1), first.get(1).token())));
      for (int i : new int[] {1, 3}) {
        DecodeEngine.Row row = alone.open(prompts.get(i), ROOM).orElseThrow();
        Drawn expected = alone.step(List.of(feed(row, prompts.get(i)))).get(0);
        Drawn next = alone.step(List.of(feed(row, expected.token()))).get(0);
        near(first.get(i), expected);
        near(second.get(i == 3 ? 0 : 1), next);
        alone.release(row);
      }
    }
  }

  private static void near(Drawn actual, Drawn expected) {
    assertThat(actual.token()).isEqualTo(expected.token());
    assertThat(actual.modelLogProb()).isCloseTo(expected.modelLogProb(), within(1e-5f));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("everyKindForEveryAttention")
  void aBeginningThatWasReadBeforeIsNotReadAgain(Kind kind, Architecture shape) {
    try (LanguageModel model = shape.create(5);
        DecodeEngine engine = kind.open().apply(model);
        DecodeEngine fresh = kind.open().apply(model)) {
      int[] system = tokens(3, 40);
      int[] first = with(system, 1, 2, 3);
      int[] second = with(system, 4, 5);
      DecodeEngine.Row before = engine.open(first, ROOM).orElseThrow();
      assertThat(before.length()).isZero();
      engine.step(List.of(feed(before, first)));
      engine.release(before);
      DecodeEngine.Row row = engine.open(second, ROOM).orElseThrow();
      assertThat(row.length()).isBetween(32, 40);
      assertThat(engine.use().reusedTokens()).isEqualTo(row.length());
      int[] rest = Arrays.copyOfRange(second, row.length(), second.length);
      Drawn drawn = engine.step(List.of(feed(row, rest))).get(0);
      DecodeEngine.Row plain = fresh.open(second, ROOM).orElseThrow();
      near(drawn, fresh.step(List.of(feed(plain, second))).get(0));
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("everyKindForEveryAttention")
  void anAdoptedPromptGivesWhatAReadOneGives(Kind kind, Architecture shape) {
    try (LanguageModel model = shape.create(5);
        DecodeEngine engine = kind.open().apply(model)) {
      int[] prompt = tokens(4, 45);
      DecodeEngine.Row leader = engine.open(prompt, ROOM).orElseThrow();
      DecodeEngine.Row follower = engine.open(prompt, ROOM).orElseThrow();
      Drawn expected = engine.step(List.of(feed(leader, prompt))).get(0);
      // The leader goes on: what it writes must not reach the follower.
      engine.step(List.of(feed(leader, expected.token())));
      engine.adopt(follower, leader, prompt.length - 1);
      assertThat(follower.length()).isEqualTo(prompt.length - 1);
      near(engine.step(List.of(feed(follower, prompt[prompt.length - 1]))).get(0), expected);
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("everyKindForEveryAttention")
  void newWeightsForgetWhatTheOldOnesRead(Kind kind, Architecture shape) {
    try (LanguageModel model = shape.create(5);
        LanguageModel other = shape.create(6);
        DecodeEngine engine = kind.open().apply(model);
        DecodeEngine fresh = kind.open().apply(other)) {
      int[] prompt = tokens(4, 45);
      DecodeEngine.Row old = engine.open(prompt, ROOM).orElseThrow();
      engine.step(List.of(feed(old, prompt)));
      engine.release(old);
      model.weights().copyFrom(other.weights());
      engine.weightsReplaced();
      DecodeEngine.Row row = engine.open(prompt, ROOM).orElseThrow();
      assertThat(row.length()).isZero();
      DecodeEngine.Row plain = fresh.open(prompt, ROOM).orElseThrow();
      near(
          engine.step(List.of(feed(row, prompt))).get(0),
          fresh.step(List.of(feed(plain, prompt))).get(0));
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("everyKindForEveryAttention")
  void aFullEngineOpensNoRowUntilOneIsReleased(Kind kind, Architecture shape) {
    try (LanguageModel model = shape.create(5);
        DecodeEngine engine = kind.open().apply(model)) {
      List<DecodeEngine.Row> rows =
          IntStream.range(0, ROWS)
              .mapToObj(i -> engine.open(tokens(i, 5), ROOM).orElseThrow())
              .toList();
      assertThat(engine.open(tokens(9, 5), ROOM)).isEmpty();
      engine.release(rows.get(1));
      assertThat(engine.open(tokens(9, 5), ROOM)).isPresent();
    }
  }

  private static int[] with(int[] tokens, int... more) {
    return IntStream.concat(Arrays.stream(tokens), Arrays.stream(more)).toArray();
  }
}
