package dev.parley.policy.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.policy.PolicyMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the engine says of tokens that are there already. */
class ScoringTest {

  private static final Offset<Float> ROUNDING = within(1e-5f);

  private TinyEngine tiny = new TinyEngine(3, EngineLimits.of(4, 1024, 8));

  @AfterEach
  void close() {
    tiny.close();
  }

  private TokenScores score(int[] tokens, int first, int top) {
    ScoringJob job = new ScoringJob(tokens, first, top);
    submit(job);
    return job.result().join();
  }

  private void submit(ScoringJob job) {
    try {
      tiny.engine().submit(job);
    } catch (QueueFullException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int[] tokens(int seed, int length) {
    return IntStream.range(0, length).map(i -> (seed * 31 + i * i * 7) % 259).toArray();
  }

  @Test
  void scoresAreTheModelsLogProbabilities() {
    int[] tokens = tokens(1, 20);
    float[] expected = tiny.model().logProbs(TokenBatch.of(List.of(tokens)), 1).get(0);
    assertThat(score(tokens, 1, 0).logProbs()).containsExactly(expected, ROUNDING);
    assertThat(score(tokens, 8, 0).logProbs())
        .containsExactly(Arrays.copyOfRange(expected, 7, 19), ROUNDING);
    assertThat(score(tokens, 1, 0).version()).isEqualTo(TinyEngine.START);
  }

  @Test
  void theTopTokensAreTheMostLikelyOfTheWholeVocabularyInOrder() {
    int[] tokens = tokens(2, 12);
    float[][] logits = tiny.model().logits(TokenBatch.of(List.of(tokens)));
    TokenScores scores = score(tokens, 1, 5);
    for (int t = 1; t < tokens.length; t++) {
      float[] row = logits[t - 1];
      int[] best =
          IntStream.range(0, row.length)
              .boxed()
              .sorted(Comparator.comparingDouble((Integer token) -> -row[token]))
              .limit(5)
              .mapToInt(Integer::intValue)
              .toArray();
      assertThat(scores.topTokens()[t - 1]).isEqualTo(best);
      double sum = IntStream.range(0, row.length).mapToDouble(i -> Math.exp(row[i])).sum();
      for (int k = 0; k < 5; k++) {
        assertThat(scores.topLogProbs()[t - 1][k])
            .isCloseTo((float) (row[best[k]] - Math.log(sum)), ROUNDING);
      }
    }
  }

  @Test
  void theTokenThatIsThereHasTheSameNumberAmongTheTop() {
    int[] tokens = tokens(5, 30);
    TokenScores scores = score(tokens, 1, 259);
    for (int t = 1; t < tokens.length; t++) {
      int token = tokens[t];
      int[] top = scores.topTokens()[t - 1];
      int place =
          IntStream.range(0, top.length).filter(k -> top[k] == token).findFirst().getAsInt();
      assertThat(scores.topLogProbs()[t - 1][place]).isEqualTo(scores.logProbs()[t - 1]);
    }
  }

  @Test
  void manyTogetherAreAsOneByOne() throws InterruptedException {
    Semaphore held = new Semaphore(0);
    Semaphore begun = new Semaphore(0);
    GenerationJob holding =
        tiny.job(
            1,
            2,
            1,
            token -> {
              begun.release();
              held.acquireUninterruptibly();
            });
    CompletableFuture<GeneratedGroup> running = holding.result();
    submitGeneration(holding);
    begun.acquire();
    List<ScoringJob> jobs = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      jobs.add(new ScoringJob(tokens(i, 3 + 9 * i), 1 + i, i));
      submit(jobs.get(i));
    }
    assertThatThrownBy(() -> tiny.engine().submit(new ScoringJob(tokens(1, 4), 1, 0)))
        .isInstanceOf(QueueFullException.class)
        .hasMessageContaining("queue-capacity is 8");
    held.release(10);
    running.join();
    for (int i = 0; i < 8; i++) {
      assertThat(jobs.get(i).result().join().logProbs())
          .containsExactly(score(tokens(i, 3 + 9 * i), 1 + i, 0).logProbs(), ROUNDING);
    }
  }

  private void submitGeneration(GenerationJob job) {
    try {
      tiny.engine().submit(job);
    } catch (QueueFullException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void tokensThatTheModelDoesNotHaveAreNamed() {
    assertThatThrownBy(() -> tiny.engine().submit(new ScoringJob(new int[] {1, 259}, 1, 0)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("tokens hold id 259, expected ids below 259, the size of the vocabulary");
  }

  @Test
  void asManyTokensAsTheModelHasPositionsCanBeScored() {
    assertThat(score(tokens(1, 256), 1, 0).logProbs()).hasSize(255);
    assertThatThrownBy(() -> tiny.engine().submit(new ScoringJob(tokens(1, 257), 1, 0)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith("tokens of the prompt are 257, expected fewer than 257");
  }

  @Test
  void whatIsNoNumberFailsItsRequestAndNoOther() {
    tiny.close();
    LanguageModel broken = TinyModel.createUntied(3);
    TinyModel.breakToken(broken, 7);
    tiny = new TinyEngine(broken, EngineLimits.of(4, 1024, 8));
    assertThatThrownBy(() -> score(new int[] {5, 7, 9}, 1, 0))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(NotFiniteException.class)
        .hasMessageStartingWith("token 1 has the log-probability NaN");
    assertThat(tiny.registry().get(PolicyMetrics.NOT_FINITE).counter().count()).isEqualTo(1);
    assertThat(score(new int[] {5, 6, 9}, 1, 0).logProbs()).hasSize(2);
  }

  @Test
  void anAnswerThatEndsWhileTheEngineDrainsIsStillScored() throws InterruptedException {
    Semaphore begun = new Semaphore(0);
    Semaphore held = new Semaphore(0);
    GenerationJob job =
        tiny.job(
            1,
            3,
            1,
            token -> {
              begun.release();
              held.acquireUninterruptibly();
            });
    ScoringJob scoring = new ScoringJob(tokens(1, 9), 1, 1);
    submitGeneration(job);
    begun.acquire();
    CompletableFuture<Void> ended = job.result().thenRun(() -> submit(scoring));
    Thread draining =
        new Thread(
            () -> {
              try {
                tiny.engine().drain(Duration.ofSeconds(60));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    draining.start();
    awaitRefusal();
    held.release(10);
    ended.join();
    assertThat(scoring.result().join().logProbs()).hasSize(8);
    draining.join();
  }

  /** Waits until the engine drains. */
  private void awaitRefusal() {
    while (true) {
      GenerationJob probe = tiny.job(1, 1, 1, GenerationJob.NO_TOKEN_LISTENER);
      try {
        tiny.engine().submit(probe);
        probe.cancel();
      } catch (EngineClosedException e) {
        return;
      } catch (QueueFullException e) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void aCancelledRequestIsNotComputed() {
    ScoringJob job = new ScoringJob(tokens(1, 4), 1, 0);
    job.cancel();
    submit(job);
    assertThat(score(tokens(1, 5), 1, 0).logProbs()).hasSize(4);
    assertThat(job.result()).isCompletedExceptionally();
  }
}
