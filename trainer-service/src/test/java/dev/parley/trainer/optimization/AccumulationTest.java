package dev.parley.trainer.optimization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.decoder.PositionScores;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.recipe.sft.SftWork;
import dev.parley.trainer.toy.ToyLearner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccumulationTest {

  private static final List<LearningSequence> BATCH = ToyLearner.sequences(12, 5);
  private static final List<LearningSequence> OTHERS = ToyLearner.sequences(5, 6);
  private static final String LOSS = "loss";
  private static final double ROUNDING = 1e-6;

  private static Accumulation accumulation(int tokens, int workers) {
    return new Accumulation(new Accumulation.Settings(tokens, workers, workers));
  }

  /** What one step of a learner gave. */
  private record Added(float[] gradients, Metrics metrics) {}

  private static Added add(
      Accumulation accumulation, Learner learner, List<? extends Work<Metrics>> works) {
    Metrics metrics = Metrics.sum(accumulation.learn(List.of(learner), works));
    Added added = new Added(learner.gradients().flat().toFloatArray(), metrics);
    learner.gradients().clear();
    return added;
  }

  private static Added plainly(List<LearningSequence> batch) {
    try (Learner learner = ToyLearner.language(1);
        Accumulation whole = accumulation(10_000, 1)) {
      return add(whole, learner, List.of(SftWork.of(learner, batch, 1, LOSS)));
    }
  }

  private static void assertSame(Added actual, Added expected) {
    assertThat(actual.metrics().get(LOSS))
        .isCloseTo(expected.metrics().get(LOSS), within(ROUNDING));
    double largest = 0;
    double apart = 0;
    for (int i = 0; i < expected.gradients().length; i++) {
      largest = Math.max(largest, Math.abs(expected.gradients()[i]));
      apart = Math.max(apart, Math.abs(actual.gradients()[i] - expected.gradients()[i]));
    }
    assertThat(apart).isLessThan(ROUNDING * largest);
  }

  /**
   * Demonstrations whose larger micro-batches run out of memory when their way back is done.
   *
   * @param inner the demonstrations
   * @param rows more than these fail
   * @param failures counts them
   */
  private record Failing(SftWork inner, int rows, AtomicInteger failures) implements Work<Metrics> {

    @Override
    public int[] lengths() {
      return inner.lengths();
    }

    @Override
    public Metrics run(List<Integer> chosen, int worker) {
      Metrics metrics = inner.run(chosen, worker);
      if (chosen.size() > rows) {
        failures.incrementAndGet();
        throw new OutOfMemoryError("no room for " + chosen.size() + " rows");
      }
      return metrics;
    }
  }

  // --- sharing out ---

  @ParameterizedTest
  @CsvSource({"10000, 2", "10000, 3", "10000, 5", "60, 2", "1, 3"})
  void neitherTheBudgetNorTheNumberOfWorkersChangesTheGradient(int tokens, int workers) {
    try (Learner learner = ToyLearner.language(1, workers);
        Accumulation accumulation = accumulation(tokens, workers)) {
      Added shared = add(accumulation, learner, List.of(SftWork.of(learner, BATCH, 1, LOSS)));
      assertSame(shared, plainly(BATCH));
    }
  }

  @Test
  void aStepMadeAgainGivesTheSameBits() {
    try (Learner learner = ToyLearner.language(1, 3);
        Accumulation accumulation = accumulation(90, 3)) {
      SftWork work = SftWork.of(learner, BATCH, 1, LOSS);
      Added once = add(accumulation, learner, List.of(work));
      for (int i = 0; i < 10; i++) {
        Added again = add(accumulation, learner, List.of(work));
        assertThat(Arrays.equals(again.gradients(), once.gradients())).isTrue();
        assertThat(again.metrics().get(LOSS)).isEqualTo(once.metrics().get(LOSS));
      }
    }
  }

  @Test
  void severalWorksOfAStepAddUp() {
    try (Learner learner = ToyLearner.language(1, 2);
        Accumulation accumulation = accumulation(100, 2)) {
      Added both =
          add(
              accumulation,
              learner,
              List.of(
                  SftWork.of(learner, BATCH, 1, LOSS), SftWork.of(learner, OTHERS, 0.5, "other")));
      Added first = plainly(BATCH);
      Added second = plainly(OTHERS);
      float[] expected = first.gradients().clone();
      for (int i = 0; i < expected.length; i++) {
        expected[i] += 0.5f * second.gradients()[i];
      }
      assertSame(both, new Added(expected, first.metrics()));
      assertThat(both.metrics().get("other"))
          .isCloseTo(second.metrics().get(LOSS), within(ROUNDING));
    }
  }

  @Test
  void allWorkersHaveWorkAndEachIsOneThread() {
    Set<String> threads = Collections.synchronizedSet(new HashSet<>());
    try (Accumulation accumulation = accumulation(10_000, 4)) {
      accumulation.score(
          new Scoring(
              new int[] {5, 5, 5, 5}, rows -> threads.add(Thread.currentThread().getName())));
      accumulation.score(
          new Scoring(
              new int[] {5, 5, 5, 5}, rows -> threads.add(Thread.currentThread().getName())));
    }
    assertThat(threads).containsExactlyInAnyOrder("learn-0", "learn-1", "learn-2", "learn-3");
  }

  @Test
  void scoresDoNotDependOnTheNumberOfWorkers() {
    try (Learner learner = ToyLearner.language(1)) {
      assertThat(score(learner, 60, 3)).isDeepEqualTo(score(learner, 60, 3));
      float[][] one = score(learner, 10_000, 1);
      float[][] many = score(learner, 30, 3);
      for (int row = 0; row < one.length; row++) {
        assertThat(many[row]).containsExactly(one[row], within(1e-5f));
      }
    }
  }

  private static float[][] score(Learner learner, int tokens, int workers) {
    float[][] scores = new float[BATCH.size()][];
    try (Accumulation accumulation = accumulation(tokens, workers)) {
      accumulation.score(
          new Scoring(
              PackedBatch.lengths(BATCH),
              rows -> {
                PackedBatch packed = PackedBatch.of(rows.stream().map(BATCH::get).toList());
                PositionScores all =
                    learner.model().scores(packed.batch(), packed.predictors(), new float[0]);
                int next = 0;
                for (int i = 0; i < rows.size(); i++) {
                  float[] own = new float[packed.rowCounts()[i]];
                  System.arraycopy(all.logProbs(), next, own, 0, own.length);
                  next += own.length;
                  scores[rows.get(i)] = own;
                }
              }));
    }
    return scores;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 4096, 1000, 1", // one thread
    "4, 4096, 1000, 4",
    "6, 1024, 1000, 3", // six would have fewer than 256 tokens each, four do not share six threads
    "4, 600, 1000, 2",
    "4, 500, 1000, 1",
    "4, 4096, 40000, 2", // two further copies of the gradients are more than a tenth of the memory
    "4, 4096, 200000, 1"
  })
  void aCpuHasAWorkerForEachThreadThatMemoryAndTokensSufficeFor(
      int threads, int tokens, long gradients, int expected) {
    assertThat(Accumulation.workers(threads, tokens, gradients, 1_000_000)).isEqualTo(expected);
  }

  // --- memory ---

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void withoutMemoryAMicroBatchIsSplitAndTheGradientIsAsIfNothingHadHappened(int workers) {
    try (Learner learner = ToyLearner.language(1, workers);
        Accumulation accumulation = accumulation(10_000, workers)) {
      AtomicInteger failures = new AtomicInteger();
      SftWork others = SftWork.of(learner, OTHERS, 0.5, "other");
      Failing failing = new Failing(SftWork.of(learner, BATCH, 1, LOSS), 2, failures);
      Added split = add(accumulation, learner, List.of(others, failing));
      assertThat(failures).hasPositiveValue();

      Added untroubled =
          add(accumulation, learner, List.of(others, SftWork.of(learner, BATCH, 1, LOSS)));
      assertSame(split, untroubled);
      assertThat(split.metrics().get("other"))
          .isCloseTo(untroubled.metrics().get("other"), within(ROUNDING));
    }
  }

  @Test
  void theBudgetStaysLoweredAndEachSplitIsToldOnce() {
    try (Learner learner = ToyLearner.language(1);
        Accumulation accumulation = accumulation(10_000, 1)) {
      AtomicInteger failures = new AtomicInteger();
      List<Failing> works = List.of(new Failing(SftWork.of(learner, BATCH, 1, LOSS), 4, failures));
      add(accumulation, learner, works);
      int lowered = accumulation.tokens();
      int failed = failures.get();
      int tokens = IntStream.of(works.get(0).lengths()).sum();
      assertThat(lowered).isLessThan(tokens);
      assertThat(accumulation.splits()).isEqualTo(failed);
      assertThat(accumulation.newSplits())
          .hasSize(failed)
          .first()
          .isEqualTo(
              new Accumulation.Split(
                  12, tokens, tokens / 2, "java.lang.OutOfMemoryError: no room for 12 rows"));
      assertThat(accumulation.newSplits()).isEmpty();

      add(accumulation, learner, works);
      assertThat(failures).hasValue(failed);
      assertThat(accumulation.tokens()).isEqualTo(lowered);
      assertThat(accumulation.splits()).isEqualTo(failed);
    }
  }

  @Test
  void whatIsScoredAlreadyIsNotScoredAgain() {
    List<List<Integer>> scored = new ArrayList<>();
    try (Accumulation accumulation = accumulation(20, 1)) {
      AtomicInteger calls = new AtomicInteger();
      accumulation.score(
          new Scoring(
              new int[] {10, 10, 10, 10, 10, 10},
              rows -> {
                if (calls.incrementAndGet() == 2) {
                  throw new OutOfMemoryError("the second");
                }
                scored.add(rows);
              }));
    }
    assertThat(scored)
        .containsExactly(List.of(0, 1), List.of(2), List.of(3), List.of(4), List.of(5));
  }

  @Test
  void whatIsKeptIsReleasedBeforeTheNextAttempt() {
    List<String> said = new ArrayList<>();
    Work<Void> work =
        new Work<>() {
          @Override
          public int[] lengths() {
            return new int[] {1, 1};
          }

          @Override
          public Void run(List<Integer> rows, int worker) {
            said.add("run " + rows);
            if (rows.size() > 1) {
              throw new OutOfMemoryError();
            }
            return null;
          }

          @Override
          public void release() {
            said.add("release");
          }
        };
    try (Accumulation accumulation = accumulation(10, 1)) {
      accumulation.score(work);
    }
    assertThat(said).containsExactly("run [0, 1]", "release", "run [0]", "run [1]");
  }

  @Test
  void withoutMemoryForASingleRowTheErrorSaysWhatToChange() {
    try (Learner learner = ToyLearner.language(1);
        Accumulation accumulation = accumulation(10_000, 1)) {
      Failing failing = new Failing(SftWork.of(learner, BATCH, 1, LOSS), 0, new AtomicInteger());
      assertThatThrownBy(() -> accumulation.learn(List.of(learner), List.of(failing)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageMatching(
              "there is not enough memory for a single row of \\d+ tokens, .*engine.workers.*")
          .hasMessageContaining("no room for 1 rows");
    }
  }

  @Test
  void anyOtherFailureEndsTheStepOnceAllWorkersHaveEnded() {
    AtomicInteger ended = new AtomicInteger();
    try (Accumulation accumulation = accumulation(10, 3)) {
      Scoring scoring =
          new Scoring(
              new int[] {3, 2, 1},
              rows -> {
                ended.incrementAndGet();
                if (!rows.equals(List.of(2))) {
                  throw new IllegalArgumentException("row " + rows);
                }
              });
      assertThatThrownBy(() -> accumulation.score(scoring))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("row [0]")
          .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    }
    assertThat(ended).hasValue(3);
  }
}
