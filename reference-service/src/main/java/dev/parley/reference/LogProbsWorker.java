package dev.parley.reference;

import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.decoder.TokenBudget;
import dev.parley.serving.calls.CallQueue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * The one thread that computes. It takes calls from the queue, sorts the sequences of all of them
 * by length, cuts them into batches and gives every caller its own numbers.
 */
final class LogProbsWorker implements Runnable {

  private static final Logger LOG = Logger.getLogger(LogProbsWorker.class);

  /** Computes log-probabilities; see {@link ReferenceModel}. */
  @FunctionalInterface
  interface Computation {

    /**
     * Runs one forward pass.
     *
     * @param batch N tokens
     * @param positions M indices among the N tokens
     * @param temperatures M divisors of the logits
     * @return for each position log p(token after it) in nats, {@code [M]}
     */
    float[] logProbs(TokenBatch batch, int[] positions, float[] temperatures);
  }

  private final CallQueue<LogProbsCall> queue;
  private final TokenBudget budget;
  private final Computation model;
  private final ReferenceMetrics metrics;
  private volatile double nanosPerToken;

  LogProbsWorker(
      CallQueue<LogProbsCall> queue,
      TokenBudget budget,
      Computation model,
      ReferenceMetrics metrics) {
    this.queue = queue;
    this.budget = budget;
    this.model = model;
    this.metrics = metrics;
  }

  /** One sequence that is to be computed, and whose it is. */
  private record Task(LogProbsCall call, int index) {

    TokenRow row() {
      return call.parts().get(index);
    }
  }

  /** Works until the queue is closed and empty. */
  @Override
  public void run() {
    try {
      for (List<LogProbsCall> calls = queue.take(); !calls.isEmpty(); calls = queue.take()) {
        compute(calls);
      }
    } catch (InterruptedException e) {
      LOG.warn("The worker was interrupted; calls that still wait get no answer", e);
      Thread.currentThread().interrupt();
    }
  }

  /** Returns about how long (ms) the tokens that wait now will take. */
  long backlogMillis() {
    return (long) (queue.waiting() * nanosPerToken / 1e6);
  }

  private void compute(List<LogProbsCall> calls) {
    long now = System.nanoTime();
    List<Task> tasks = new ArrayList<>();
    for (LogProbsCall call : calls) {
      metrics.waited(now - call.arrivedNanos());
      for (int i = 0; i < call.parts().size(); i++) {
        TokenRow row = call.parts().get(i);
        if (row.wanted().length == 0) {
          call.answer(i, new float[row.tokens().length]);
        } else {
          tasks.add(new Task(call, i));
        }
      }
    }
    int[] lengths = tasks.stream().mapToInt(task -> task.row().tokens().length).toArray();
    for (int[] indices : budget.cut(lengths)) {
      List<Task> wanted =
          Arrays.stream(indices).mapToObj(tasks::get).filter(task -> !task.call().over()).toList();
      if (!wanted.isEmpty()) {
        computeBatch(wanted);
      }
    }
  }

  private void computeBatch(List<Task> tasks) {
    TokenBatch batch = TokenBatch.of(tasks.stream().map(task -> task.row().tokens()).toList());
    int count = tasks.stream().mapToInt(task -> task.row().wanted().length).sum();
    int[] positions = new int[count];
    float[] temperatures = new float[count];
    int[] starts = batch.starts();
    int next = 0;
    for (int i = 0; i < tasks.size(); i++) {
      for (int t : tasks.get(i).row().wanted()) {
        positions[next] = starts[i] + t - 1;
        temperatures[next++] = tasks.get(i).call().temperature();
      }
    }
    long start = System.nanoTime();
    try {
      float[] logProbs = model.logProbs(batch, positions, temperatures);
      measure(batch, System.nanoTime() - start);
      handOut(tasks, logProbs);
    } catch (RuntimeException | OutOfMemoryError e) {
      retryInHalves(tasks, e);
    }
  }

  private void measure(TokenBatch batch, long nanos) {
    metrics.computed(batch, nanos);
    double latest = (double) nanos / batch.size();
    nanosPerToken = nanosPerToken == 0 ? latest : 0.8 * nanosPerToken + 0.2 * latest;
  }

  /** One sequence too many, or a bad one, must not fail the callers that it shares a batch with. */
  private void retryInHalves(List<Task> tasks, Throwable reason) {
    LOG.errorf(reason, "A forward pass over %d sequences failed", tasks.size());
    if (tasks.size() == 1) {
      tasks.get(0).call().fail(reason);
      return;
    }
    int half = tasks.size() / 2;
    for (List<Task> part : List.of(tasks.subList(0, half), tasks.subList(half, tasks.size()))) {
      computeBatch(part);
    }
  }

  private void handOut(List<Task> tasks, float[] logProbs) {
    int next = 0;
    for (Task task : tasks) {
      int[] wanted = task.row().wanted();
      float[] answer = new float[task.row().tokens().length];
      int notFinite = -1;
      for (int i = wanted.length - 1; i >= 0; i--) {
        answer[wanted[i]] = logProbs[next + i];
        notFinite = Float.isFinite(answer[wanted[i]]) ? notFinite : wanted[i];
      }
      next += wanted.length;
      if (notFinite < 0) {
        task.call().answer(task.index(), answer);
      } else if (tasks.size() > 1) {
        // It may be a neighbour's: padding is hidden by a weight of 0, and 0 times NaN is NaN.
        computeBatch(List.of(task));
      } else {
        task.call()
            .fail(
                new ArithmeticException(
                    "sequences[%d]: the log-probability of token %d is %s"
                        .formatted(task.index(), notFinite, answer[notFinite])));
      }
    }
  }
}
