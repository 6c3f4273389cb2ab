package dev.parley.cli.process;

import dev.parley.cli.Failure;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A process that was started. */
public final class ChildProcess {

  /**
   * Becomes the program, which keeps this process's number, after two preparations.
   *
   * <p>Ctrl-C reaches every process of a terminal at once. Children must not hear it: they would
   * stop in no order, while others still need them. An ignored signal stays ignored across exec,
   * and the JVM leaves it so.
   *
   * <p>A shell in the background waits for the end of standard input, which comes when the parent
   * ends, even by kill -9. It asks the program to end and, after the grace period ($1, seconds),
   * makes it. If the program ends first, the parent closes the pipe and the shell finds nothing to
   * do.
   */
  private static final String LAUNCH =
      """
      trap '' INT HUP
      exec 3<&0
      (
        while read -r nothing <&3; do :; done
        kill $$ 2>/dev/null
        waited=0
        while kill -0 $$ 2>/dev/null; do
          [ $waited -lt "$1" ] || kill -9 $$
          waited=$((waited + 1))
          sleep 1
        done
      ) &
      exec 3<&-
      shift
      exec "$@" </dev/null
      """;

  private final ProcessPlan plan;
  private final Process process;

  private ChildProcess(ProcessPlan plan, Process process) {
    this.plan = plan;
    this.process = process;
  }

  static ChildProcess start(ProcessPlan plan, Duration grace) {
    List<String> command =
        new ArrayList<>(
            List.of("/bin/sh", "-c", LAUNCH, plan.name(), Long.toString(grace.toSeconds())));
    command.addAll(plan.command());
    try {
      Files.createDirectories(plan.log().toAbsolutePath().getParent());
      File log = plan.log().toFile();
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.PIPE)
              .redirectErrorStream(true)
              .redirectOutput(log);
      builder.environment().putAll(plan.environment());
      return new ChildProcess(plan, builder.start());
    } catch (IOException e) {
      throw new Failure("%s cannot be started: %s".formatted(plan.name(), e.getMessage()), "", e);
    }
  }

  /** What it is called. */
  public String name() {
    return plan.name();
  }

  /** The number that the operating system gave it. */
  public long pid() {
    return process.pid();
  }

  /** Whether it runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Waits until it has ended.
   *
   * @throws InterruptedException if the thread is interrupted
   */
  void awaitExit() throws InterruptedException {
    process.waitFor();
  }

  ProcessPlan plan() {
    return plan;
  }

  boolean isReady() {
    return plan.readiness().isReached(plan.log());
  }

  CompletableFuture<ChildProcess> exit() {
    return process.onExit().thenApply(ended -> this);
  }

  /** Says that it ended though it should not have, and why, as far as its log tells. */
  public Failure failure(String when) {
    LogTail tail = LogTail.of(plan.log());
    return new Failure(
        "%s ended %s with exit code %d%s"
            .formatted(
                plan.name(),
                when,
                process.exitValue(),
                tail.cause().map(cause -> ": " + cause).orElse("")),
        "The end of its log, %s:\n  %s".formatted(plan.log(), String.join("\n  ", tail.lines())));
  }

  /** Asks it to end, and after a while makes it. */
  void stop(Duration grace) {
    process.destroy();
    try {
      if (!process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
