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
   * Ctrl-C reaches every process of a terminal at once. Children must not hear it: they would stop
   * in no order, while others still need them. An ignored signal stays ignored across exec, and the
   * JVM leaves it so.
   */
  private static final String DEAF_TO_THE_TERMINAL = "trap '' INT HUP; exec \"$@\"";

  private final ProcessPlan plan;
  private final Process process;

  private ChildProcess(ProcessPlan plan, Process process) {
    this.plan = plan;
    this.process = process;
  }

  static ChildProcess start(ProcessPlan plan) {
    List<String> command =
        new ArrayList<>(List.of("/bin/sh", "-c", DEAF_TO_THE_TERMINAL, plan.name()));
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
      builder.environment().put(ParentWatch.VARIABLE, ParentWatch.STDIN);
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
  Failure failure(String when) {
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
