package dev.parley.trainer;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import picocli.CommandLine;

/** The trainer's command in a process of its own, as it is packaged but for Quarkus. */
final class TrainerProcess implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 120;

  private final Process process;
  private final Path output;

  private TrainerProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Entry point of the process. */
  public static void main(String... arguments) {
    System.exit(command(new PrintWriter(System.out, true), arguments));
  }

  /** Runs the command in this process; returns its exit code. */
  static int command(PrintWriter out, String... arguments) {
    return new CommandLine(new TrainerCommand())
        .addSubcommand(new TrainCommand(new TrainerMetrics(new SimpleMeterRegistry())))
        .addSubcommand(new DescribeCommand())
        .setOut(out)
        .setErr(out)
        .execute(arguments);
  }

  /** Starts the command in a new process. */
  static TrainerProcess start(Path output, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                TrainerProcess.class.getName()));
    command.addAll(arguments);
    try {
      return new TrainerProcess(
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start(),
          output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until a file has so many lines. */
  TrainerProcess awaitLines(Path file, int lines) {
    return await(
        () -> lines(file).size() >= lines, () -> "%s to have %d lines".formatted(file, lines));
  }

  /** Waits until a line of a file contains a text. */
  TrainerProcess awaitText(Path file, String text) {
    return await(
        () -> lines(file).stream().anyMatch(line -> line.contains(text)),
        () -> "%s to say \"%s\"".formatted(file, text));
  }

  private TrainerProcess await(BooleanSupplier reached, Supplier<String> what) {
    long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!reached.getAsBoolean()) {
      if (!process.isAlive() || System.nanoTime() > patience) {
        throw new IllegalStateException("waited for " + what.get() + ":\n" + said());
      }
      pause();
    }
    return this;
  }

  private static void pause() {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the process without a chance to do anything more: kill -9. */
  void kill() {
    process.destroyForcibly();
    exitCode();
  }

  /** Asks the process to end: SIGTERM. */
  TrainerProcess terminate() {
    process.destroy();
    return this;
  }

  /** Waits for the end; returns the exit code. */
  int exitCode() {
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the trainer did not end:\n" + said());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Returns what the process has printed. */
  String said() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
