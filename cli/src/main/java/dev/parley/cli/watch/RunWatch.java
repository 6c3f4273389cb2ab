package dev.parley.cli.watch;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.LiveLines;
import dev.parley.cli.terminal.Terminal;
import dev.parley.proto.run.v1.RunFinished;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Follows a run until it ends. */
public final class RunWatch {

  /** The file in a run's directory that the trainer writes its events to. */
  public static final String EVENTS = "events.jsonl";

  private static final Duration POLL = Duration.ofMillis(200);

  private final Terminal terminal;

  /** Follows on a terminal. */
  public RunWatch(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * Shows a run's events until one says that it ended, or nothing more can come.
   *
   * @param run the run's directory; the events may appear in it later
   * @param alive whether the process that writes them still does; once it does not, what is there
   *     is shown and that is all
   * @return how the run ended; empty if the events do not say
   * @throws Failure if the events cannot be read
   * @throws InterruptedException if the thread is interrupted
   */
  public Optional<RunFinished> follow(Path run, BooleanSupplier alive) throws InterruptedException {
    return follow(run, 0, alive);
  }

  /**
   * The same, passing over what an earlier process wrote: how that one ended says nothing of this
   * one, which may go on with its run, or refuse to.
   *
   * @param run the run's directory
   * @param from what {@link #written} gave before the process was started
   * @param alive whether it still writes
   */
  public Optional<RunFinished> follow(Path run, long from, BooleanSupplier alive)
      throws InterruptedException {
    RunView view = new RunView(terminal.live());
    try (EventTail tail = new EventTail(run.resolve(EVENTS), from);
        LiveLines lines = new LiveLines(terminal)) {
      while (true) {
        // Asked before reading: what was written before the process ended is still seen.
        boolean more = alive.getAsBoolean();
        show(tail, view, lines);
        if (view.finished().isPresent() || !more) {
          return view.finished();
        }
        Thread.sleep(POLL.toMillis());
      }
    } catch (IOException e) {
      throw new Failure(
          "the events of %s cannot be read: %s".formatted(run, e.getMessage()), "", e);
    }
  }

  /**
   * Returns how many bytes of events a run has; 0 if it has none yet.
   *
   * @throws Failure if that cannot be told
   */
  public static long written(Path run) {
    Path events = run.resolve(EVENTS);
    try {
      return Files.exists(events) ? Files.size(events) : 0;
    } catch (IOException e) {
      throw new Failure("%s cannot be read: %s".formatted(events, e.getMessage()), "", e);
    }
  }

  private void show(EventTail tail, RunView view, LiveLines lines) throws IOException {
    boolean any = false;
    for (EventTail.Item item : tail.poll()) {
      any = true;
      if (!item.complaint().isEmpty()) {
        lines.print(terminal.yellow(item.complaint()));
      }
      for (String line : view.take(item.event())) {
        lines.print(item.event().hasWarning() ? terminal.yellow(line) : line);
      }
    }
    if (any) {
      lines.show(view.lines());
    }
  }
}
