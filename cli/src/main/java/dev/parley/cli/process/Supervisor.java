package dev.parley.cli.process;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.LiveLines;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Terminal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

/**
 * Starts processes, waits until they are ready, and stops them all in reverse order: when it is
 * closed, and when the JVM ends. When the JVM is killed they stop as well, in no order.
 */
public final class Supervisor implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(200);

  private final Terminal terminal;
  private final Duration grace;
  private final Deque<ChildProcess> running = new ArrayDeque<>();
  private final Thread hook = new Thread(this::stopAll, "supervisor-shutdown");
  private final Object stopOrder = new Object();
  private boolean stopping;

  /**
   * A supervisor of nothing yet.
   *
   * @param terminal where it says what it waits for
   * @param grace how long a process may take to end after it was asked to
   */
  public Supervisor(Terminal terminal, Duration grace) {
    this.terminal = terminal;
    this.grace = grace;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Starts a process.
   *
   * @throws Failure if the operating system refuses, or everything is being stopped
   */
  public synchronized ChildProcess start(ProcessPlan plan) {
    if (stopping) {
      throw new Failure(plan.name() + " is not started, since everything is being stopped", "");
    }
    ChildProcess child = ChildProcess.start(plan, grace);
    running.push(child);
    return child;
  }

  /**
   * Waits until processes are ready, showing which ones are not.
   *
   * @throws Failure if one of all that run ends, with the end of its log; or if one is not ready in
   *     time
   * @throws InterruptedException if the thread is interrupted, or everything is being stopped
   *     meanwhile
   */
  public void awaitReady(List<ChildProcess> children) throws InterruptedException {
    long began = System.nanoTime();
    List<ChildProcess> waiting = new ArrayList<>(children);
    try (LiveLines lines = new LiveLines(terminal)) {
      while (true) {
        requireNotStopping();
        for (ChildProcess child : snapshot()) {
          if (!child.isAlive()) {
            requireNotStopping();
            lines.clear();
            throw child.failure(waiting.contains(child) ? "before it was ready" : "unexpectedly");
          }
        }
        waiting.removeIf(ChildProcess::isReady);
        if (waiting.isEmpty()) {
          lines.clear();
          return;
        }
        Duration waited = Duration.ofNanos(System.nanoTime() - began);
        for (ChildProcess child : waiting) {
          if (waited.compareTo(child.plan().patience()) > 0) {
            lines.clear();
            throw late(child);
          }
        }
        String names = waiting.stream().map(ChildProcess::name).collect(Collectors.joining(", "));
        lines.show(List.of("waiting for %s  %s".formatted(names, Quantity.duration(waited))));
        Thread.sleep(POLL.toMillis());
      }
    }
  }

  private static Failure late(ChildProcess child) {
    LogTail tail = LogTail.of(child.plan().log());
    return new Failure(
        "%s is not ready after %s"
            .formatted(child.name(), Quantity.duration(child.plan().patience())),
        "The end of its log, %s:\n  %s"
            .formatted(child.plan().log(), String.join("\n  ", tail.lines())));
  }

  /**
   * Waits for a process that ends by itself. Its end is then no reason to stop the others.
   *
   * @throws InterruptedException if the thread is interrupted
   */
  public void awaitEnd(ChildProcess child) throws InterruptedException {
    child.awaitExit();
    synchronized (this) {
      running.remove(child);
    }
  }

  /**
   * Waits until any process ends, which none should.
   *
   * @return what to say about it
   * @throws InterruptedException if the thread is interrupted, or everything is being stopped
   *     meanwhile
   */
  public Failure awaitAnyExit() throws InterruptedException {
    CompletableFuture<?>[] exits =
        snapshot().stream().map(ChildProcess::exit).toArray(CompletableFuture<?>[]::new);
    try {
      ChildProcess ended = (ChildProcess) CompletableFuture.anyOf(exits).get();
      requireNotStopping();
      return ended.failure("unexpectedly");
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for a process failed", e.getCause());
    }
  }

  /** Stops everything, the youngest process first. */
  @Override
  public void close() {
    stopAll();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending: the hook runs, or has run, and finds nothing left to stop.
      terminal.flush();
    }
  }

  private synchronized void requireNotStopping() throws InterruptedException {
    if (stopping) {
      throw new InterruptedException("everything is being stopped");
    }
  }

  private synchronized List<ChildProcess> snapshot() {
    return List.copyOf(running);
  }

  private void stopAll() {
    synchronized (this) {
      stopping = true;
    }
    // When the JVM ends, its hook and the thread that waits for a process both come here.
    synchronized (stopOrder) {
      for (ChildProcess child : snapshot()) {
        if (child.isAlive()) {
          terminal.err().println("stopping " + child.name());
          child.stop(grace);
        }
      }
    }
  }
}
