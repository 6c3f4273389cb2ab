package dev.parley.trainer;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Hears when the process is asked to end (SIGTERM, SIGINT), and keeps it alive until the run has
 * written its checkpoint.
 */
final class StopSignal {

  private static final Logger LOG = Logger.getLogger(StopSignal.class);

  private final CompletableFuture<Integer> outcome = new CompletableFuture<>();
  private final Thread hook = new Thread(this::stop, "stop-run");
  private final Duration grace;
  private volatile boolean requested;

  private StopSignal(Duration grace) {
    this.grace = grace;
  }

  /**
   * Starts to listen.
   *
   * @param grace how long a stopping process waits for the run
   */
  static StopSignal listen(Duration grace) {
    StopSignal signal = new StopSignal(grace);
    Runtime.getRuntime().addShutdownHook(signal.hook);
    return signal;
  }

  /** Returns whether the process was asked to end. */
  boolean requested() {
    return requested;
  }

  /**
   * The run has ended.
   *
   * @param exitCode what the process is to return
   */
  void ended(int exitCode) {
    outcome.complete(exitCode);
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      LOG.debug("the process is ending already, through the hook", e);
    }
  }

  private void stop() {
    requested = true;
    try {
      int exitCode = outcome.get(grace.toSeconds(), TimeUnit.SECONDS);
      // By itself the process would report the signal, and nobody could tell a run that stopped in
      // order from one that was cut off.
      Runtime.getRuntime().halt(exitCode);
    } catch (TimeoutException e) {
      LOG.warnf(
          "the run did not end within %d s (run.stop-seconds); its last checkpoint stands",
          grace.toSeconds());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("an exit code never fails", e);
    }
  }
}
