package dev.parley.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a generator does, whatever its engine. */
abstract class GeneratorContract {

  private final GeneratorOptions.Engine engine;

  GeneratorContract(GeneratorOptions.Engine engine) {
    this.engine = engine;
  }

  private static LanguageModel model;

  @BeforeAll
  static void createModel() {
    model = TinyModel.create(1);
  }

  @AfterAll
  static void closeModel() {
    model.close();
  }

  @Test
  void theSameSeedGivesTheSameTokens() {
    TokenBatch prompts = TokenBatch.of(List.of(new int[] {5, 6, 7}, new int[] {8}));
    SamplingOptions options = SamplingOptions.plain(20, Set.of(), 42);
    assertThat(tokens(all(model, prompts, options)))
        .isEqualTo(tokens(all(model, prompts, options)));
  }

  @Test
  void anotherSeedGivesOtherTokens() {
    TokenBatch prompts = TokenBatch.of(List.of(new int[] {5, 6, 7}));
    assertThat(tokens(all(model, prompts, SamplingOptions.plain(20, Set.of(), 1))))
        .isNotEqualTo(tokens(all(model, prompts, SamplingOptions.plain(20, Set.of(), 2))));
  }

  @Test
  void whatElseIsInTheBatchDoesNotChangeASequence() {
    Random random = new Random(3);
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      prompts.add(random.ints(1 + random.nextInt(12), 0, 256).toArray());
    }
    List<int[]> alone = new ArrayList<>();
    Recorder recorder = new Recorder();
    try (Generator generator = generator(model, 4, 4 * 64)) {
      for (int i = 0; i < prompts.size(); i++) {
        SamplingOptions options = SamplingOptions.plain(3 + 4 * i, Set.of(), 100 + i);
        TokenBatch single = TokenBatch.of(List.of(prompts.get(i)));
        alone.add(all(model, single, options).get(0).tokens());
        generator.submit(new Sequence(prompts.get(i), options, recorder));
        generator.step();
      }
      while (generator.step()) {
        assertThat(generator.active()).isLessThanOrEqualTo(4);
      }
    }
    assertThat(recorder.finished).hasSize(prompts.size());
    for (Sequence sequence : recorder.finished) {
      int index = (int) sequence.options().seed() - 100;
      assertThat(sequence.tokens()).as("sequence %s", index).isEqualTo(alone.get(index));
    }
  }

  @Test
  void samplesOfOnePromptReadItOnceAndDifferBySeed() {
    int[] prompt = {9, 8, 7, 6};
    TokenBatch prompts = TokenBatch.of(List.of(prompt, prompt, prompt));
    List<Sequence> samples = all(model, prompts, SamplingOptions.plain(12, Set.of(), 7));
    for (int i = 0; i < samples.size(); i++) {
      SamplingOptions options = SamplingOptions.plain(12, Set.of(), 7 + i);
      TokenBatch single = TokenBatch.of(List.of(prompt));
      assertThat(samples.get(i).tokens()).isEqualTo(all(model, single, options).get(0).tokens());
    }
    assertThat(samples.get(0).tokens()).isNotEqualTo(samples.get(1).tokens());
  }

  @Test
  void modelLogProbsAreThoseOfAForwardPass() {
    TokenBatch prompts = TokenBatch.of(List.of(new int[] {1, 2, 3}, new int[] {4, 5}));
    SamplingOptions options = new SamplingOptions(0.7, 20, 0.9, 15, 0, Set.of(), 11);
    for (Sequence sequence : all(model, prompts, options)) {
      float[] all = model.logProbs(whole(sequence, prompts), 1).get(0);
      float[] expected = Arrays.copyOfRange(all, all.length - sequence.length(), all.length);
      for (int i = 0; i < expected.length; i++) {
        assertThat(sequence.modelLogProbs()[i]).isCloseTo(expected[i], within(1e-4f));
      }
    }
  }

  @Test
  void samplingLogProbsAreThoseOfTheDistributionDrawnFrom() {
    TokenBatch prompts = TokenBatch.of(List.of(new int[] {1, 2, 3}));
    SamplingOptions options = new SamplingOptions(0.8, 5, 1, 30, 0, Set.of(), 12);
    Sequence sequence = all(model, prompts, options).get(0);
    float[][] logits = model.logits(whole(sequence, prompts));
    for (int i = 0; i < sequence.length(); i++) {
      float[] row = logits[prompts.size() - 1 + i];
      double[] kept = topKTempered(row, 5, 0.8);
      int token = sequence.tokens()[i];
      assertThat((double) sequence.samplingLogProbs()[i])
          .isCloseTo(Math.log(kept[token]), within(1e-3));
    }
  }

  @Test
  void drawnTokensFollowTheDistribution() {
    int[] prompt = {3, 1, 4};
    List<int[]> prompts = IntStream.range(0, 4000).mapToObj(i -> prompt).toList();
    SamplingOptions options = new SamplingOptions(0.5, 0, 1, 1, 0, Set.of(), 5);
    int[] counts = new int[259];
    for (Sequence s : all(model, TokenBatch.of(prompts), options)) {
      counts[s.tokens()[0]]++;
    }
    float[][] logits = model.logits(TokenBatch.of(List.of(prompt)));
    double[] expected = topKTempered(logits[2], 259, 0.5);
    for (int v = 0; v < counts.length; v++) {
      double deviation = Math.sqrt(expected[v] * (1 - expected[v]) / 4000);
      assertThat(counts[v] / 4000.0).isCloseTo(expected[v], within(5 * deviation + 1e-3));
    }
  }

  @Test
  void aNucleusKeepsTheSmallestSetThatReachesItsShare() {
    int[] prompt = {3, 1, 4};
    double[] p = topKTempered(model.logits(TokenBatch.of(List.of(prompt)))[2], 259, 1);
    double[] descending = Arrays.stream(p).map(x -> -x).sorted().map(x -> -x).toArray();
    double share = descending[0] + descending[1] + descending[2] / 2;
    List<int[]> prompts = IntStream.range(0, 300).mapToObj(i -> prompt).toList();
    SamplingOptions options = new SamplingOptions(1, 0, share, 1, 0, Set.of(), 5);
    Set<Double> drawn = new TreeSet<>();
    for (Sequence sequence : all(model, TokenBatch.of(prompts), options)) {
      drawn.add(p[sequence.tokens()[0]]);
    }
    assertThat(drawn).containsExactlyInAnyOrder(descending[0], descending[1], descending[2]);
  }

  @Test
  void aStopTokenEndsASequenceAndIsItsLastToken() {
    TokenBatch prompts = TokenBatch.of(List.of(new int[] {1, 2, 3}));
    int[] free = all(model, prompts, SamplingOptions.plain(20, Set.of(), 3)).get(0).tokens();
    Recorder recorder = new Recorder();
    int stop = free[6];
    int first = IntStream.range(0, 20).filter(i -> free[i] == stop).findFirst().orElseThrow();
    try (Generator generator = generator(model, 1, 64)) {
      generator.submit(
          new Sequence(new int[] {1, 2, 3}, SamplingOptions.plain(20, Set.of(stop), 3), recorder));
      while (generator.step()) {
        assertThat(generator.active()).isLessThanOrEqualTo(1);
      }
    }
    assertThat(recorder.finished.get(0).tokens()).isEqualTo(Arrays.copyOf(free, first + 1));
    assertThat(recorder.reasons).containsExactly(FinishReason.STOP_TOKEN);
  }

  @Test
  void noStopTokenIsDrawnBeforeTheMinimum() {
    Set<Integer> stops = Set.copyOf(IntStream.range(0, 250).boxed().toList());
    SamplingOptions options = new SamplingOptions(1, 0, 1, 20, 8, stops, 9);
    TokenBatch prompts = TokenBatch.of(List.of(new int[] {1}, new int[] {2}, new int[] {3}));
    for (Sequence sequence : all(model, prompts, options)) {
      assertThat(sequence.length()).isGreaterThan(8);
      assertThat(Arrays.stream(sequence.tokens()).limit(8).boxed())
          .doesNotContainAnyElementsOf(stops);
    }
  }

  @Test
  void greedyRowsMayStandBesideSampledOnes() {
    Recorder recorder = new Recorder();
    SamplingOptions sampled = SamplingOptions.plain(10, Set.of(), 4);
    try (Generator generator = generator(model, 2, 64)) {
      generator.submit(new Sequence(new int[] {1, 2}, sampled.greedy(), recorder));
      generator.submit(new Sequence(new int[] {1, 2}, sampled, recorder));
      for (int step = 0; step < 10; step++) {
        generator.step();
      }
    }
    TokenBatch prompt = TokenBatch.of(List.of(new int[] {1, 2}));
    List<Sequence> alone = new ArrayList<>(all(model, prompt, sampled.greedy()));
    alone.addAll(all(model, prompt, sampled));
    assertThat(tokens(recorder.finished)).containsExactlyInAnyOrderElementsOf(tokens(alone));
  }

  @Test
  void aCancelledSequenceLeavesAtTheNextStep() {
    Recorder recorder = new Recorder();
    try (Generator generator = generator(model, 2, 128)) {
      Sequence sequence =
          new Sequence(new int[] {1}, SamplingOptions.plain(50, Set.of(), 1), recorder);
      generator.submit(sequence);
      generator.step();
      sequence.cancel();
      assertThat(generator.step()).isFalse();
    }
    assertThat(recorder.reasons).containsExactly(FinishReason.ABORTED);
    assertThat(recorder.finished.get(0).length()).isEqualTo(1);
  }

  @Test
  void aSequenceWithoutNumbersTouchesNeitherItsNeighboursNorWhatFollowsInItsRow() {
    try (LanguageModel broken = TinyModel.createUntied(1)) {
      SamplingOptions options = SamplingOptions.plain(12, Set.of(), 5);
      List<int[]> prompts = List.of(new int[] {1, 2, 3, 4}, new int[] {8, 9}, new int[] {6});
      List<List<Integer>> expected = new ArrayList<>();
      for (int[] prompt : prompts) {
        expected.addAll(tokens(all(broken, TokenBatch.of(List.of(prompt)), options)));
      }
      // One that no other sequence draws.
      int brokenToken =
          IntStream.range(0, 256)
              .filter(token -> expected.stream().noneMatch(tokens -> tokens.contains(token)))
              .findFirst()
              .orElseThrow();
      TinyModel.breakToken(broken, brokenToken);
      Recorder recorder = new Recorder();
      try (Generator generator = generator(broken, 3, 3 * 40)) {
        int[] hopeless = {7, brokenToken, 7, 7, 7, 7, 7, 7};
        Sequence first = new Sequence(hopeless, options, recorder);
        Sequence last = new Sequence(hopeless, options, recorder);
        generator.submit(first);
        generator.submit(new Sequence(prompts.get(0), options, recorder));
        generator.submit(last);
        generator.step();
        assertThat(first.finite()).isFalse();
        first.cancel();
        generator.submit(new Sequence(prompts.get(1), options, recorder));
        generator.step();
        last.cancel();
        generator.submit(new Sequence(prompts.get(2), options, recorder));
        for (int step = 0; step < 12; step++) {
          generator.step();
        }
      }
      List<Sequence> whole = recorder.finished.stream().filter(Sequence::finite).toList();
      assertThat(tokens(whole)).isEqualTo(expected);
      assertThat(recorder.finished).hasSize(5);
    }
  }

  @Test
  void aPromptThatLeavesNoRoomIsRefused() {
    try (Generator generator = generator(model, 1, 1000)) {
      int[] prompt = new int[256];
      assertThatThrownBy(
              () ->
                  generator.submit(
                      new Sequence(prompt, SamplingOptions.plain(1, Set.of(), 1), new Recorder())))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the prompt has 256 tokens, expected fewer than 256");
    }
  }

  @Test
  void aTokenOutsideTheVocabularyIsRefused() {
    try (Generator generator = generator(model, 1, 100)) {
      assertThatThrownBy(
              () ->
                  generator.submit(
                      new Sequence(
                          new int[] {1, 259},
                          SamplingOptions.plain(1, Set.of(), 1),
                          new Recorder())))
          .hasMessage("the prompt holds token 259, the vocabulary has 259 tokens");
    }
  }

  private Generator generator(LanguageModel model, int rows, int cacheTokens) {
    return new Generator(model, GeneratorOptions.of(rows, cacheTokens).with(engine));
  }

  private List<Sequence> all(LanguageModel model, TokenBatch prompts, SamplingOptions options) {
    return Generation.all(model, prompts, options, engine);
  }

  private static TokenBatch whole(Sequence sequence, TokenBatch prompts) {
    int[] starts = prompts.starts();
    for (int row = 0; row < prompts.rows(); row++) {
      if (prompts.lengths()[row] == sequence.promptLength()) {
        IntStream prompt =
            Arrays.stream(prompts.tokens(), starts[row], starts[row] + sequence.promptLength());
        int[] tokens = IntStream.concat(prompt, Arrays.stream(sequence.tokens())).toArray();
        return TokenBatch.of(List.of(tokens));
      }
    }
    throw new IllegalArgumentException("no prompt has " + sequence.promptLength() + " tokens");
  }

  /** Plain-Java twin of the program: the distribution after temperature and top-k. */
  private static double[] topKTempered(float[] logits, int k, double temperature) {
    double[] sorted = new double[logits.length];
    for (int v = 0; v < logits.length; v++) {
      sorted[v] = logits[v];
    }
    Arrays.sort(sorted);
    double least = sorted[sorted.length - k];
    double best = sorted[sorted.length - 1];
    double[] p = new double[logits.length];
    double sum = 0;
    for (int v = 0; v < p.length; v++) {
      p[v] = logits[v] < least ? 0 : Math.exp((logits[v] - best) / temperature);
      sum += p[v];
    }
    for (int v = 0; v < p.length; v++) {
      p[v] /= sum;
    }
    return p;
  }

  private static List<List<Integer>> tokens(List<Sequence> sequences) {
    return sequences.stream().map(s -> Arrays.stream(s.tokens()).boxed().toList()).toList();
  }

  private static final class Recorder implements Sequence.Listener {

    private final List<Sequence> finished = new ArrayList<>();
    private final List<FinishReason> reasons = new ArrayList<>();

    @Override
    public Optional<FinishReason> onToken(Sequence sequence) {
      return Optional.empty();
    }

    @Override
    public void onFinish(Sequence sequence, FinishReason reason) {
      finished.add(sequence);
      reasons.add(reason);
    }
  }
}
