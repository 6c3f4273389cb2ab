package dev.parley.cli.watch;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.LiveLines;
import dev.parley.cli.terminal.Terminal;
import dev.parley.proto.run.v1.RunFinished;
import java.io.IOException;
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
    RunView view = new RunView(terminal.live());
    try (EventTail tail = new EventTail(run.resolve(EVENTS));
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
