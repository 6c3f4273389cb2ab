package dev.parley.policy.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.decoding.DecodeEngine;
import dev.parley.model.decoding.TorchEngine;
import dev.parley.model.generation.FinishReason;
import dev.parley.model.generation.Generation;
import dev.parley.model.generation.Generator;
import dev.parley.model.generation.SamplingOptions;
import dev.parley.model.generation.Sequence;
import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.serving.ServedVersion;
import dev.parley.proto.sampling.v1.SamplingParameters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GenerationEngineTest {

  private static final ServedVersion NEXT = new ServedVersion(1, "1".repeat(64));

  private static final EngineLimits LIMITS = EngineLimits.of(4, 4 * 256, 8);

  private TinyEngine tiny;

  @BeforeEach
  void start() {
    tiny = new TinyEngine(1, LIMITS);
  }

  @AfterEach
  void stop() {
    tiny.close();
  }

  @Test
  void anAnswerIsThatOfTheGeneratorWithTheSeedOfTheSample() {
    GeneratedGroup group = tiny.run(tiny.job(3, 20, 42, GenerationJob.NO_TOKEN_LISTENER));
    for (GeneratedSample sample : group.samples()) {
      long seed = SampleSeeds.of(42, sample.index());
      assertThat(sample.seed()).isEqualTo(seed);
      Sequence alone = generate(tiny.model(), seed, 20);
      assertThat(sample.tokens()).isEqualTo(alone.tokens());
      assertThat(sample.samplingLogProbs())
          .containsExactly(alone.samplingLogProbs(), within(1e-4f));
      assertThat(sample.modelLogProbs()).containsExactly(alone.modelLogProbs(), within(1e-4f));
      assertThat(sample.finish()).isEqualTo(FinishReason.LENGTH);
    }
  }

  private static Sequence generate(LanguageModel model, long seed, int tokens) {
    TokenBatch prompt = TokenBatch.of(List.of(new int[] {5, 6, 7}));
    return Generation.all(model, prompt, SamplingOptions.plain(tokens, Set.of(), seed)).get(0);
  }

  @Test
  void theSameSeedGivesTheSameTokensWhateverElseRuns() throws Exception {
    List<List<Integer>> alone =
        TinyEngine.tokens(tiny.run(tiny.job(2, 30, 9, GenerationJob.NO_TOKEN_LISTENER)));
    GenerationJob beside = tiny.job(2, 60, 10, GenerationJob.NO_TOKEN_LISTENER);
    tiny.engine().submit(beside);
    assertThat(TinyEngine.tokens(tiny.run(tiny.job(2, 30, 9, GenerationJob.NO_TOKEN_LISTENER))))
        .isEqualTo(alone);
    beside.result().join();
  }

  @Test
  void theListenerHearsEachTokenInOrderAndTheLastWithItsReason() {
    List<DrawnToken> heard = new ArrayList<>();
    GeneratedGroup group = tiny.run(tiny.job(2, 12, 3, heard::add));
    for (GeneratedSample sample : group.samples()) {
      List<DrawnToken> own = heard.stream().filter(t -> t.index() == sample.index()).toList();
      assertThat(own.stream().mapToInt(DrawnToken::token)).containsExactly(box(sample.tokens()));
      assertThat(own.stream().map(DrawnToken::modelLogProb))
          .containsExactly(box(sample.modelLogProbs()));
      assertThat(own.subList(0, own.size() - 1)).allMatch(token -> token.finish().isEmpty());
      assertThat(own.get(own.size() - 1).finish()).contains(FinishReason.LENGTH);
    }
  }

  private static Integer[] box(int[] values) {
    return Arrays.stream(values).boxed().toArray(Integer[]::new);
  }

  private static Float[] box(float[] values) {
    Float[] boxed = new Float[values.length];
    Arrays.setAll(boxed, i -> values[i]);
    return boxed;
  }

  @Test
  void newWeightsDrawTheTokensAfterTheSwapAndTheSpansSaySo() throws Exception {
    try (LanguageModel next = TinyModel.create(2)) {
      AtomicReference<CompletableFuture<Void>> swapped = new AtomicReference<>();
      Consumer<DrawnToken> swapAfterTen =
          afterTokens(10, () -> swapped.set(tiny.engine().swap(next.weights(), NEXT)));
      GeneratedGroup group = tiny.run(tiny.job(1, 25, 8, swapAfterTen));
      swapped.get().join();
      GeneratedSample sample = group.samples().get(0);
      assertThat(sample.versions())
          .containsExactly(new VersionSpan(0, TinyEngine.START), new VersionSpan(10, NEXT));
      assertThat(sample.tokens()).isEqualTo(swappedByHand(10, 25));
      assertThat(tiny.engine().served()).isEqualTo(NEXT);
    }
  }

  @Test
  void afterASwapAnswersAreThoseOfTheNewModel() {
    try (LanguageModel next = TinyModel.create(2)) {
      tiny.engine().swap(next.weights(), NEXT).join();
      GeneratedGroup group = tiny.run(tiny.job(1, 25, 8, GenerationJob.NO_TOKEN_LISTENER));
      assertThat(group.samples().get(0).versions()).containsExactly(new VersionSpan(0, NEXT));
      try (LanguageModel same = TinyModel.create(2)) {
        assertThat(group.samples().get(0).tokens()).isEqualTo(generate(same, 8, 25).tokens());
      }
    }
  }

  /** A plain twin: one generator whose weights are overwritten between two steps. */
  private static int[] swappedByHand(int after, int tokens) {
    try (LanguageModel model = TinyModel.create(1);
        LanguageModel next = TinyModel.create(2);
        Generator generator = new Generator(model, 1, 256)) {
      Sequence sequence =
          new Sequence(new int[] {5, 6, 7}, SamplingOptions.plain(tokens, Set.of(), 8), SILENT);
      generator.submit(sequence);
      for (int step = 0; step < tokens; step++) {
        if (step == after) {
          model.weights().copyFrom(next.weights());
          generator.weightsReplaced();
        }
        generator.step();
      }
      return sequence.tokens();
    }
  }

  private static final Sequence.Listener SILENT =
      new Sequence.Listener() {
        @Override
        public Optional<FinishReason> onToken(Sequence sequence) {
          return Optional.empty();
        }

        @Override
        public void onFinish(Sequence sequence, FinishReason reason) {}
      };

  private static Consumer<DrawnToken> afterTokens(int count, Runnable action) {
    AtomicInteger seen = new AtomicInteger();
    return token -> {
      if (seen.incrementAndGet() == count) {
        action.run();
      }
    };
  }

  @Test
  void weightsOfAnotherLayoutAreNotSwappedIn() {
    try (LanguageModel next = TinyModel.create(2);
        LanguageModel reward = next.withHeads(Heads.SCORE, 3)) {
      assertThatThrownBy(() -> tiny.engine().swap(reward.weights(), NEXT).join())
          .hasRootCauseInstanceOf(IllegalArgumentException.class);
      assertThat(tiny.engine().served()).isEqualTo(TinyEngine.START);
    }
  }

  @Test
  void weightsThatTheGeneratorCannotReadAreReadByANewOne() throws Exception {
    try (LanguageModel model = TinyModel.create(1);
        LanguageModel next = TinyModel.create(2);
        TinyEngine engine = new TinyEngine(model, LIMITS, generators(model, 2))) {
      AtomicReference<CompletableFuture<Void>> swapped = new AtomicReference<>();
      Consumer<DrawnToken> swap =
          afterTokens(1, () -> swapped.set(engine.engine().swap(next.weights(), NEXT)));
      GenerationJob running = engine.job(1, 200, 1, swap);
      assertThatThrownBy(() -> engine.run(running)).hasRootCauseMessage("unreadable");
      swapped.get().join();
      assertThat(engine.engine().served()).isEqualTo(NEXT);
      GeneratedGroup group = engine.run(engine.job(1, 25, 8, GenerationJob.NO_TOKEN_LISTENER));
      assertThat(group.samples().get(0).versions()).containsExactly(new VersionSpan(0, NEXT));
      try (LanguageModel same = TinyModel.create(2)) {
        assertThat(group.samples().get(0).tokens()).isEqualTo(generate(same, 8, 25).tokens());
      }
      assertThat(engine.registry().get(PolicyMetrics.ENGINE_FAILURES).counter().count())
          .isEqualTo(1);
    }
  }

  @Test
  void anEngineThatCannotBeginAgainEndsAndNobodyWaitsForIt() throws Exception {
    try (LanguageModel model = TinyModel.create(1);
        LanguageModel next = TinyModel.create(2);
        TinyEngine engine = new TinyEngine(model, LIMITS, generators(model, 1))) {
      GenerationJob running = engine.job(1, 200, 1, GenerationJob.NO_TOKEN_LISTENER);
      engine.engine().submit(running);
      CompletableFuture<Void> swapped = engine.engine().swap(next.weights(), NEXT);
      assertThatThrownBy(swapped::join).hasCauseInstanceOf(EngineClosedException.class);
      assertThatThrownBy(() -> running.result().join()).isInstanceOf(CompletionException.class);
      engine.engine().close();
      assertThat(engine.engine().alive()).isFalse();
      assertThatThrownBy(() -> engine.run(engine.job(1, 5, 1, GenerationJob.NO_TOKEN_LISTENER)))
          .isInstanceOf(EngineClosedException.class);
    }
  }

  private static DecodeEngine torch(LanguageModel model) {
    return new TorchEngine(model, 4, 4 * 256);
  }

  /** Makes so many generators, the first of which cannot read new weights, and then fails. */
  private static Supplier<Generator> generators(LanguageModel model, int count) {
    AtomicInteger made = new AtomicInteger();
    return () -> {
      int number = made.incrementAndGet();
      if (number > count) {
        throw new IllegalStateException("no memory for another generator");
      }
      return number == 1
          ? new Generator(model, LIMITS.generator(), of -> new EngineWithoutNewWeights(torch(of)))
          : new Generator(model, LIMITS.generator());
    };
  }

  @Test
  void aCancelledJobFreesItsRowsForTheNext() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    GenerationJob endless = tiny.job(4, 200, 1, token -> running.countDown());
    tiny.engine().submit(endless);
    running.await();
    GenerationJob next = tiny.job(4, 5, 2, GenerationJob.NO_TOKEN_LISTENER);
    tiny.engine().submit(next);
    endless.cancel();
    assertThat(next.result().join().samples()).hasSize(4);
    assertThatThrownBy(() -> endless.result().join()).isInstanceOf(CancellationException.class);
    assertThat(tokensDrawn()).isLessThan(4 * 200);
  }

  private double tokensDrawn() {
    return tiny.registry().get(PolicyMetrics.TOKENS).counter().count();
  }

  @Test
  void aJobThatIsCancelledInLineLeavesIt() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    GenerationJob first = tiny.job(4, 60, 1, token -> running.countDown());
    tiny.engine().submit(first);
    running.await();
    GenerationJob inLine = tiny.job(8, 60, 2, GenerationJob.NO_TOKEN_LISTENER);
    tiny.engine().submit(inLine);
    inLine.cancel();
    first.result().join();
    tiny.run(tiny.job(8, 2, 3, GenerationJob.NO_TOKEN_LISTENER));
    assertThat(tokensDrawn()).isEqualTo(4 * 60 + 8 * 2);
  }

  @Test
  void aFullQueueRefusesAndSaysWhenToComeBack() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    tiny.engine().submit(tiny.job(4, 200, 1, token -> running.countDown()));
    running.await();
    tiny.engine().submit(tiny.job(8, 200, 2, GenerationJob.NO_TOKEN_LISTENER));
    assertThatThrownBy(
            () -> tiny.engine().submit(tiny.job(1, 1, 3, GenerationJob.NO_TOKEN_LISTENER)))
        .isInstanceOf(QueueFullException.class)
        .hasMessageStartingWith("8 answers wait, parley.policy.engine.queue-capacity is 8");
  }

  @Test
  void aPromptThatCannotBeReadIsRefused() {
    JobPlanner planner = tiny.planner();
    SamplingParameters plain = SamplingParameters.getDefaultInstance();
    assertThatThrownBy(
            () ->
                tiny.engine()
                    .submit(
                        planner.plan(new int[256], 1, "n", plain, GenerationJob.NO_TOKEN_LISTENER)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith("tokens of the prompt are 256, expected fewer than 256");
    assertThatThrownBy(
            () ->
                tiny.engine()
                    .submit(
                        planner.plan(
                            new int[] {1, -1}, 1, "n", plain, GenerationJob.NO_TOKEN_LISTENER)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith("tokens hold id 4294967295, expected ids below 259");
  }

  @Test
  void closingFailsWhatIsUnfinished() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    GenerationJob first = tiny.job(4, 200, 1, token -> running.countDown());
    GenerationJob inLine = tiny.job(4, 200, 2, GenerationJob.NO_TOKEN_LISTENER);
    tiny.engine().submit(first);
    tiny.engine().submit(inLine);
    running.await();
    tiny.engine().close();
    assertThatThrownBy(() -> first.result().join()).hasCauseInstanceOf(EngineClosedException.class);
    assertThatThrownBy(() -> inLine.result().join())
        .hasCauseInstanceOf(EngineClosedException.class);
    assertThatThrownBy(
            () -> tiny.engine().submit(tiny.job(1, 1, 3, GenerationJob.NO_TOKEN_LISTENER)))
        .isInstanceOf(EngineClosedException.class);
  }

  @Test
  void drainingFinishesWhatIsThere() throws Exception {
    GenerationJob first = tiny.job(4, 30, 1, GenerationJob.NO_TOKEN_LISTENER);
    GenerationJob inLine = tiny.job(4, 30, 2, GenerationJob.NO_TOKEN_LISTENER);
    tiny.engine().submit(first);
    tiny.engine().submit(inLine);
    tiny.engine().drain(Duration.ofMinutes(1));
    assertThat(first.result().join().samples()).hasSize(4);
    assertThat(inLine.result().join().samples()).hasSize(4);
  }

  @Test
  void aListenerThatThrowsFailsItsRequestAndTheEngineGoesOn() {
    GenerationJob broken =
        tiny.job(
            1,
            5,
            1,
            token -> {
              throw new IllegalStateException("a listener broke");
            });
    assertThatThrownBy(() -> tiny.run(broken)).hasRootCauseMessage("a listener broke");
    assertThat(tiny.run(tiny.job(1, 5, 1, GenerationJob.NO_TOKEN_LISTENER)).samples()).hasSize(1);
    assertThat(tiny.registry().get(PolicyMetrics.ENGINE_FAILURES).counter().count()).isEqualTo(1);
  }

  @Test
  void aPromptWithoutProbabilitiesFailsByNameAndSparesTheOthers() throws Exception {
    try (TinyEngine fragile =
        new TinyEngine(TinyModel.createUntied(1), EngineLimits.of(4, 4 * 256, 16))) {
      List<List<Integer>> expected = TinyEngine.tokens(fragile.run(plain(fragile, 2, 4)));
      // One that no other answer draws.
      int broken =
          IntStream.range(0, 256)
              .filter(token -> expected.stream().noneMatch(answer -> answer.contains(token)))
              .findFirst()
              .orElseThrow();
      TinyModel.breakToken(fragile.model(), broken);
      SamplingParameters sampling = SamplingParameters.newBuilder().setMaxNewTokens(30).build();
      for (int round = 0; round < 3; round++) {
        GenerationJob beside = plain(fragile, 2, 4);
        GenerationJob hopeless =
            fragile.planner().plan(new int[] {5, broken, 5, 5, 5}, 2, "n", sampling, token -> {});
        fragile.engine().submit(hopeless);
        fragile.engine().submit(beside);
        assertThatThrownBy(() -> hopeless.result().join())
            .hasCauseInstanceOf(NotFiniteException.class)
            .hasMessageContaining("token 0 of answer 0 has the log-probability NaN")
            .hasMessageContaining("expected finite numbers from version 0 (000000000000");
        assertThat(TinyEngine.tokens(beside.result().join())).isEqualTo(expected);
      }
      assertThat(fragile.registry().get(PolicyMetrics.NOT_FINITE).counter().count()).isEqualTo(3);
      assertThat(fragile.registry().get(PolicyMetrics.ENGINE_FAILURES).counter().count()).isZero();
    }
  }

  private static GenerationJob plain(TinyEngine engine, int samples, long seed) {
    return engine.job(samples, 40, seed, GenerationJob.NO_TOKEN_LISTENER);
  }

  @Test
  void tokensAndAnswersAreCounted() {
    tiny.run(tiny.job(3, 7, 1, GenerationJob.NO_TOKEN_LISTENER));
    tiny.engine().close();
    assertThat(tokensDrawn()).isEqualTo(21);
    assertThat(tiny.registry().get(PolicyMetrics.ANSWERS).tag("reason", "length").counter().count())
        .isEqualTo(3);
    assertThat(tiny.registry().get(PolicyMetrics.GENERATION).timer().count()).isEqualTo(1);
  }
}
