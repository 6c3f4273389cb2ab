package dev.parley.trainer.optimization;

import dev.parley.model.torchscript.OutOfMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs the rows of an optimizer step in micro-batches, shared out among workers, whose gradients
 * add up.
 *
 * <p>Which worker gets which rows depends on their lengths alone, and results come in a fixed
 * order, so the same step always gives the same bits.
 *
 * <p>A micro-batch that runs out of memory is split, and so are all that come after: the budget
 * stays lowered. Its way back may have added a part of its gradient; the worker then forgets all
 * that it has added in this step and begins again. {@link Learner#step} must therefore come between
 * two calls of {@link #learn} that have a learner in common.
 */
public final class Accumulation implements AutoCloseable {

  private final Workers workers;
  private final AtomicInteger budget;
  private final List<Split> untold = new ArrayList<>();
  private long splits;

  /** Of all memory, the gradients of further workers may take this share. */
  private static final double SHARE_OF_GRADIENTS = 0.1;

  /**
   * With fewer tokens in a pass, products and what lies between them no longer keep a core busy.
   */
  private static final int LEAST_TOKENS = 256;

  /**
   * How passes are run.
   *
   * @param tokens most tokens of all passes at a time, at least 1; each worker has its share
   * @param workers threads that run passes side by side, at least 1
   * @param threads libtorch's threads of all workers together, at least 1
   */
  public record Settings(int tokens, int workers, int threads) {

    /** Checks the numbers. */
    public Settings {
      if (tokens < 1 || workers < 1 || threads < 1) {
        throw new IllegalArgumentException(
            "%d tokens, %d workers, %d threads; give at least 1 of each"
                .formatted(tokens, workers, threads));
      }
    }
  }

  /**
   * A micro-batch that there was no memory for.
   *
   * @param rows that it had
   * @param tokens that it had
   * @param budget most tokens of a micro-batch from now on
   * @param reason what the allocator said
   */
  public record Split(int rows, int tokens, int budget, String reason) {}

  /** One micro-batch of some work. */
  private record Part<R>(Work<R> work, List<Integer> rows) {

    R run(int worker) {
      return work.run(rows, worker);
    }

    int tokens() {
      int[] lengths = work.lengths();
      return rows.stream().mapToInt(row -> lengths[row]).sum();
    }

    /** Cuts it into parts within a budget; itself if it is. */
    List<Part<R>> within(int budget) {
      int[] lengths = rows.stream().mapToInt(row -> work.lengths()[row]).toArray();
      return MicroBatches.cut(lengths, budget, 1).stream()
          .map(part -> new Part<>(work, part.stream().map(rows::get).toList()))
          .toList();
    }
  }

  /**
   * Chooses a number of workers for a CPU: one for each of libtorch's threads, or fewer that share
   * them evenly, if their gradients would take more than a tenth of the memory or a worker's pass
   * would have fewer than 256 tokens.
   *
   * @param threads libtorch's threads of all workers together
   * @param tokens most tokens of all passes at a time
   * @param gradients bytes of one worker's gradients
   * @param memory bytes of the machine
   */
  public static int workers(int threads, int tokens, long gradients, long memory) {
    int workers = threads;
    while (workers > 1
        && (threads % workers != 0
            || tokens / workers < LEAST_TOKENS
            || (workers - 1) * gradients > SHARE_OF_GRADIENTS * memory)) {
      workers--;
    }
    return workers;
  }

  /** Starts the workers. */
  public Accumulation(Settings settings) {
    this.workers = new Workers(settings.workers(), settings.threads());
    this.budget = new AtomicInteger(Math.max(1, settings.tokens() / settings.workers()));
  }

  /** Returns the most tokens of all passes at a time. */
  public int tokens() {
    return budget.get() * workers.count();
  }

  /**
   * Adds up the gradients of an optimizer step.
   *
   * @param learners whose gradients the work adds to, and which have taken their last step
   * @param works all that the step learns from
   * @return what came of the micro-batches, in an order that depends on the rows' lengths alone
   * @throws IllegalStateException if there is not enough memory for a single row
   */
  public <R> List<R> learn(List<Learner> learners, List<? extends Work<R>> works) {
    return run(works, learners);
  }

  /**
   * Works on rows without gradients that add up.
   *
   * @param work what to do with them
   * @throws IllegalStateException if there is not enough memory for a single row
   */
  public void score(Work<?> work) {
    run(List.of(work), List.of());
  }

  private <R> List<R> run(List<? extends Work<R>> works, List<Learner> learners) {
    List<List<Part<R>>> shares = share(works);
    return workers.each(worker -> run(worker, shares.get(worker), works, learners)).stream()
        .flatMap(List::stream)
        .toList();
  }

  /** The parts of each work go to the workers in turn. */
  private <R> List<List<Part<R>>> share(List<? extends Work<R>> works) {
    List<List<Part<R>>> shares = new ArrayList<>();
    for (int worker = 0; worker < workers.count(); worker++) {
      shares.add(new ArrayList<>());
    }
    for (Work<R> work : works) {
      List<List<Integer>> parts = MicroBatches.cut(work.lengths(), budget.get(), workers.count());
      for (int i = 0; i < parts.size(); i++) {
        shares.get(i % shares.size()).add(new Part<>(work, parts.get(i)));
      }
    }
    return shares;
  }

  private <R> List<R> run(
      int worker, List<Part<R>> share, List<? extends Work<R>> works, List<Learner> learners) {
    List<Part<R>> parts = new ArrayList<>(share);
    List<R> results = new ArrayList<>();
    while (results.size() < parts.size()) {
      Part<R> part = parts.get(results.size());
      try {
        results.add(part.run(worker));
      } catch (RuntimeException | OutOfMemoryError e) {
        Optional<String> reason = OutOfMemory.reason(e);
        if (reason.isEmpty()) {
          throw e;
        }
        lowerBudget(part, reason.get(), e);
        works.forEach(Work::release);
        if (!learners.isEmpty()) {
          learners.forEach(learner -> learner.forget(worker));
          results.clear();
        }
        List<Part<R>> left = parts.subList(results.size(), parts.size());
        List<Part<R>> smaller =
            left.stream().flatMap(one -> one.within(budget.get()).stream()).toList();
        left.clear();
        parts.addAll(smaller);
      }
    }
    return results;
  }

  private void lowerBudget(Part<?> part, String reason, Throwable failure) {
    int tokens = part.tokens();
    if (part.rows().size() == 1) {
      throw new IllegalStateException(
          "there is not enough memory for a single row of "
              + tokens
              + " tokens, with "
              + workers.count()
              + " workers side by side; set engine.recompute=true, lower engine.workers, shorten the"
              + " rows or take a smaller model. The allocator said: "
              + reason,
          failure);
    }
    // Half of it, rounded down, never holds all rows again.
    int lowered = budget.updateAndGet(now -> Math.min(now, Math.max(1, tokens / 2)));
    synchronized (untold) {
      splits++;
      untold.add(new Split(part.rows().size(), tokens, lowered, reason));
    }
  }

  /** Returns how many micro-batches there was no memory for, since the process began. */
  public long splits() {
    synchronized (untold) {
      return splits;
    }
  }

  /** Returns the splits since this was last asked for. */
  public List<Split> newSplits() {
    synchronized (untold) {
      List<Split> told = List.copyOf(untold);
      untold.clear();
      return told;
    }
  }

  @Override
  public void close() {
    workers.close();
  }
}
