package dev.parley.policy.generation;

import dev.parley.model.LanguageModel;
import dev.parley.model.decoding.DecodeEngine;
import dev.parley.model.generation.Generator;
import dev.parley.model.generation.Sequence;
import dev.parley.model.weights.Weights;
import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.serving.ServedVersion;
import dev.parley.policy.serving.WeightSwap;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Owns the generator and the one thread that steps it.
 *
 * <p>Requests wait in a bounded line, in order, and enter between two steps; so do new weights.
 * Whatever a step throws fails the requests that were in it, and the next ones start afresh.
 */
public final class GenerationEngine implements WeightSwap, GenerationJob.Host, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(GenerationEngine.class);

  /** What a refused caller is told before anything was finished. */
  private static final Duration UNKNOWN_WAIT = Duration.ofSeconds(1);

  /** Most tokens, padding included, that are scored between two decode steps (but one request). */
  private static final int SCORING_BATCH_TOKENS = 2048;

  private final LanguageModel model;
  private final EngineLimits limits;
  private final PolicyMetrics metrics;
  private final Thread thread = new Thread(this::run, "generation");
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<GenerationJob> queue = new ArrayDeque<>();
  private final Deque<ScoringJob> scorings = new ArrayDeque<>();
  private final Deque<Swap> swaps = new ArrayDeque<>();
  private final TokenRate rate = new TokenRate();
  private final TokenScorer scorer;
  private int queuedSamples;
  private int unfinishedJobs;
  private boolean draining;
  private boolean closed;
  private volatile ServedVersion served;
  private volatile int activeRows;
  private volatile int waitingRows;
  private volatile DecodeEngine.Use cacheUse;
  private volatile long typicalNanos = UNKNOWN_WAIT.toNanos();
  private final Supplier<Generator> generators;
  // The engine thread's own.
  private Generator generator;
  private final List<GenerationJob> running = new ArrayList<>();
  private int tokensOfStep;

  /** New weights, and who waits for them to be in use. */
  private record Swap(Weights source, ServedVersion version, CompletableFuture<Void> done) {}

  /**
   * Starts the thread.
   *
   * @param model predicts tokens; from now on nobody else may change its weights
   * @param served what its weights are
   * @param limits what may be used
   * @param metrics hears what happens
   */
  public GenerationEngine(
      LanguageModel model, ServedVersion served, EngineLimits limits, PolicyMetrics metrics) {
    this(model, served, limits, metrics, () -> new Generator(model, limits.generator()));
  }

  /**
   * Starts the thread, with generators of the caller's.
   *
   * @param model predicts tokens; from now on nobody else may change its weights
   * @param served what its weights are
   * @param limits what may be used
   * @param metrics hears what happens
   * @param generators makes one at the start, and another after one that failed
   */
  public GenerationEngine(
      LanguageModel model,
      ServedVersion served,
      EngineLimits limits,
      PolicyMetrics metrics,
      Supplier<Generator> generators) {
    this.model = model;
    this.served = served;
    this.limits = limits;
    this.metrics = metrics;
    this.generators = generators;
    this.generator = generators.get();
    this.cacheUse = generator.use();
    LOG.infof("Decoding with %s", generator.description());
    if (!model.options().device().isGpu()) {
      limits
          .generator()
          .obstacle(model)
          .ifPresent(what -> LOG.warnf("Decoding could be faster: %s", what));
    }
    this.scorer = new TokenScorer(model);
    metrics.watchEngine(this);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public int longestSequence() {
    return Math.min(model.shape().maxPositions(), limits.generator().maxCacheTokens());
  }

  /** Returns how many answers are being made. */
  public int activeRows() {
    return activeRows;
  }

  /** Returns the most answers that are made at once. */
  public int mostRows() {
    return limits.generator().maxRows();
  }

  /** Returns how many answers wait. */
  public int waitingRows() {
    lock.lock();
    try {
      return queuedSamples + waitingRows;
    } finally {
      lock.unlock();
    }
  }

  /** Returns how much of the room for keys and values is in use. */
  public DecodeEngine.Use cacheUse() {
    return cacheUse;
  }

  /** Returns the tokens drawn per second of late. */
  public double tokensPerSecond() {
    return rate.perSecond();
  }

  /** Returns whether the thread is there. */
  public boolean alive() {
    return thread.isAlive();
  }

  @Override
  public void tokenDrawn() {
    tokensOfStep++;
    metrics.tokenDrawn();
  }

  @Override
  public void notFinite(NotFiniteException failure) {
    LOG.errorf("A request fails: %s", failure.getMessage());
    metrics.notFinite();
  }

  @Override
  public ServedVersion served() {
    return served;
  }

  @Override
  public Weights weights() {
    return model.weights();
  }

  /**
   * Puts a request in line.
   *
   * @throws InvalidRequestException if its prompt cannot be read by this model; the message begins
   *     with "tokens"
   * @throws QueueFullException if too many answers wait
   * @throws EngineClosedException if the engine is shutting down
   */
  public void submit(GenerationJob job) throws QueueFullException {
    check(job.prompt(), longestSequence() - 1);
    lock.lock();
    try {
      if (draining || closed) {
        throw new EngineClosedException();
      }
      if (queuedSamples + job.samples() > limits.queueCapacity()) {
        throw new QueueFullException(
            queuedSamples, limits.queueCapacity(), Duration.ofNanos(typicalNanos));
      }
      queue.add(job);
      queuedSamples += job.samples();
      unfinishedJobs++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Puts a request for scores in line. It is computed between two decode steps.
   *
   * @throws InvalidRequestException if its tokens cannot be read by this model; the message begins
   *     with "tokens"
   * @throws QueueFullException if too many requests for scores wait
   * @throws EngineClosedException if the engine is shutting down
   */
  public void submit(ScoringJob job) throws QueueFullException {
    check(job.tokens(), longestSequence());
    lock.lock();
    try {
      // An answer that ends while the engine drains may still be scored: its end is heard on the
      // engine's own thread.
      if (closed || draining && Thread.currentThread() != thread) {
        throw new EngineClosedException();
      }
      if (scorings.size() >= limits.queueCapacity()) {
        throw new QueueFullException(
            scorings.size(), limits.queueCapacity(), Duration.ofNanos(typicalNanos));
      }
      scorings.add(job);
      unfinishedJobs++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void check(int[] prompt, int longest) {
    if (prompt.length == 0) {
      throw new InvalidRequestException("tokens are none, expected at least one");
    }
    if (prompt.length > longest) {
      throw new InvalidRequestException(
          "tokens of the prompt are %d, expected fewer than %d, which prompt and answer share"
              .formatted(prompt.length, longest + 1));
    }
    for (int token : prompt) {
      if (token < 0 || token >= model.shape().vocabulary()) {
        throw new InvalidRequestException(
            "tokens hold id %s, expected ids below %d, the size of the vocabulary"
                .formatted(Integer.toUnsignedString(token), model.shape().vocabulary()));
      }
    }
  }

  @Override
  public CompletableFuture<Void> swap(Weights source, ServedVersion version) {
    Swap swap = new Swap(source, version, new CompletableFuture<>());
    lock.lock();
    try {
      if (closed) {
        swap.done().completeExceptionally(new EngineClosedException());
      } else {
        swaps.add(swap);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
    return swap.done();
  }

  private void run() {
    try {
      boolean idle = true;
      while (awaitWork(idle)) {
        exchangeWeights();
        admit();
        boolean scored = score();
        idle = !step() && !scored;
      }
    } catch (RuntimeException e) {
      LOG.fatal("Generation has ended; the service must be started again", e);
    } finally {
      shutDown();
    }
  }

  /** Returns false when the engine is closed. */
  private boolean awaitWork(boolean idle) {
    lock.lock();
    try {
      while (idle && !closed && queue.isEmpty() && scorings.isEmpty() && swaps.isEmpty()) {
        changed.awaitUninterruptibly();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void exchangeWeights() {
    Swap swap = nextSwap();
    while (swap != null) {
      exchange(swap);
      swap = swapAfter(swap);
    }
  }

  private void exchange(Swap swap) {
    long start = System.nanoTime();
    try {
      model.weights().takeFrom(swap.source());
    } catch (IllegalArgumentException e) {
      swap.done().completeExceptionally(e);
      return;
    }
    // These are the model's weights now, whatever becomes of their reading.
    served = swap.version();
    try {
      generator.weightsReplaced();
    } catch (RuntimeException e) {
      beginAgain("Version " + served + " could not be made ready for decoding", e);
    }
    metrics.swapped(System.nanoTime() - start);
    swap.done().complete(null);
  }

  private Swap nextSwap() {
    lock.lock();
    try {
      return swaps.peek();
    } finally {
      lock.unlock();
    }
  }

  private Swap swapAfter(Swap done) {
    lock.lock();
    try {
      swaps.remove(done);
      return swaps.peek();
    } finally {
      lock.unlock();
    }
  }

  /**
   * After a failure nobody knows what the generator holds: its requests fail, and another one is
   * made.
   */
  private void beginAgain(String what, RuntimeException failure) {
    LOG.errorf(failure, "%s; %d requests were running", what, running.size());
    metrics.engineFailed();
    running.forEach(job -> job.fail(failure));
    generator.close();
    generator = generators.get();
  }

  /** Takes requests from the line, in order, as long as rows are free. */
  private void admit() {
    List<GenerationJob> admitted = new ArrayList<>();
    lock.lock();
    try {
      queue.removeIf(this::dropIfCancelled);
      int free = limits.generator().maxRows() - generator.active() - generator.waiting();
      while (free > 0 && !queue.isEmpty()) {
        GenerationJob job = queue.remove();
        queuedSamples -= job.samples();
        free -= job.samples();
        admitted.add(job);
      }
    } finally {
      lock.unlock();
    }
    for (GenerationJob job : admitted) {
      List<Sequence> sequences = job.start(this);
      running.add(job);
      sequences.forEach(generator::submit);
    }
  }

  private boolean dropIfCancelled(GenerationJob job) {
    if (job.cancelled()) {
      queuedSamples -= job.samples();
      jobsEnded(1);
    }
    return job.cancelled();
  }

  /** Scores what has waited longest; returns false if nothing waits. */
  private boolean score() {
    List<ScoringJob> batch = nextScorings();
    if (batch.isEmpty()) {
      return false;
    }
    try {
      List<TokenScores> scores = scorer.score(batch, served);
      for (int i = 0; i < batch.size(); i++) {
        complete(batch.get(i), scores.get(i));
      }
    } catch (RuntimeException e) {
      LOG.errorf(e, "Scoring failed; %d requests were in it", batch.size());
      metrics.engineFailed();
      batch.forEach(job -> job.result().completeExceptionally(e));
    }
    jobsEnded(batch.size());
    return true;
  }

  private List<ScoringJob> nextScorings() {
    List<ScoringJob> batch = new ArrayList<>();
    lock.lock();
    try {
      int before = scorings.size();
      scorings.removeIf(job -> job.result().isDone());
      unfinishedJobs -= before - scorings.size();
      changed.signalAll();
      int longest = 0;
      while (!scorings.isEmpty()) {
        longest = Math.max(longest, scorings.peek().tokens().length);
        if (!batch.isEmpty() && (batch.size() + 1) * longest > SCORING_BATCH_TOKENS) {
          break;
        }
        batch.add(scorings.remove());
      }
    } finally {
      lock.unlock();
    }
    return batch;
  }

  private void complete(ScoringJob job, TokenScores scores) {
    for (int i = 0; i < scores.logProbs().length; i++) {
      if (!Float.isFinite(scores.logProbs()[i])) {
        NotFiniteException failure =
            new NotFiniteException(
                "token %d has the log-probability %s, expected finite numbers from version %s"
                    .formatted(job.first() + i, scores.logProbs()[i], scores.version()));
        notFinite(failure);
        job.result().completeExceptionally(failure);
        return;
      }
    }
    job.result().complete(scores);
  }

  private boolean step() {
    boolean worked = false;
    tokensOfStep = 0;
    try {
      long start = System.nanoTime();
      worked = generator.step();
      if (worked) {
        long nanos = System.nanoTime() - start;
        rate.add(tokensOfStep, nanos);
        metrics.stepped(nanos, tokensOfStep);
      }
    } catch (RuntimeException e) {
      beginAgain("A generation step failed", e);
    }
    activeRows = generator.active();
    waitingRows = generator.waiting();
    cacheUse = generator.use();
    int before = running.size();
    running.removeIf(this::retire);
    jobsEnded(before - running.size());
    return worked;
  }

  private void jobsEnded(int count) {
    lock.lock();
    try {
      unfinishedJobs -= count;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean retire(GenerationJob job) {
    if (job.result().isDone() && !job.result().isCompletedExceptionally()) {
      GeneratedGroup group = job.result().join();
      long nanos = group.endNanos() - group.startNanos();
      typicalNanos = (3 * typicalNanos + nanos) / 4;
      job.insideTrace(() -> metrics.generated(group));
    }
    return job.result().isDone();
  }

  private void shutDown() {
    generator.close();
    List<GenerationJob> unfinished = new ArrayList<>(running);
    List<ScoringJob> unscored;
    lock.lock();
    try {
      closed = true;
      unfinished.addAll(queue);
      unscored = List.copyOf(scorings);
      swaps.forEach(swap -> swap.done().completeExceptionally(new EngineClosedException()));
    } finally {
      lock.unlock();
    }
    unfinished.forEach(job -> job.fail(new EngineClosedException()));
    unscored.forEach(job -> job.result().completeExceptionally(new EngineClosedException()));
  }

  /** Refuses what comes from now on, lets the rest be finished, for a while at most, and closes. */
  public void drain(Duration patience) throws InterruptedException {
    long nanos = patience.toNanos();
    lock.lock();
    try {
      draining = true;
      while (unfinishedJobs > 0 && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
    close();
  }

  /** Ends the thread. What is unfinished fails with {@link EngineClosedException}. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
