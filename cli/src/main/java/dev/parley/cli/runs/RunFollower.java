package dev.parley.cli.runs;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Terminal;
import dev.parley.cli.watch.RunWatch;
import dev.parley.proto.run.v1.RunFinished;
import dev.parley.proto.run.v1.RunOutcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;

/**
 * Shows how a run in the cluster comes on, until nothing more comes of it by itself.
 *
 * <p>The events that its trainer writes are fetched piece by piece, each by a request of its own,
 * so that a connection that breaks loses nothing; what was fetched is shown as {@code parley watch}
 * shows a run on this machine. A trainer that is started anew goes on in the same file.
 */
final class RunFollower {

  private static final Duration EVERY = Duration.ofSeconds(1);

  /** Bytes of the newest events: several updates' worth. */
  private static final long TAIL = 64 << 10;

  private final Cluster cluster;
  private final Runs runs;
  private final Terminal terminal;
  private final String id;
  private final Path directory;
  private long offset;
  private long askedAt;
  private RunStatus status;
  private String said = "";
  private boolean lost;

  /**
   * A follower.
   *
   * @param directory an empty one of this machine, for what is fetched
   */
  RunFollower(Cluster cluster, Terminal terminal, String id, Path directory) {
    this.cluster = cluster;
    this.runs = new Runs(cluster);
    this.terminal = terminal;
    this.id = id;
    this.directory = directory;
  }

  /**
   * Follows the run; at its end, notes how it ended and lets go of its policies.
   *
   * @return the exit code: 1 if it failed
   * @throws Failure if there is no such run, or its end cannot be noted
   */
  int follow() throws InterruptedException, IOException {
    status = runs.get(id);
    while (true) {
      Optional<RunFinished> ended = new RunWatch(terminal).follow(directory, this::fetch);
      awaitEnd(ended);
      if (status.state().isOver()) {
        return conclude(ended);
      }
      // The trainer ended and starts anew; what it says then is shown afresh.
      Files.deleteIfExists(directory.resolve(RunWatch.EVENTS));
    }
  }

  /** Fetches what is new, now and then; returns whether more can come. */
  private boolean fetch() {
    long now = System.nanoTime();
    if (askedAt != 0 && now - askedAt < EVERY.toNanos()) {
      return true;
    }
    askedAt = now;
    try {
      status = runs.get(id);
      if (status.reading()) {
        events().ifPresent(this::append);
      }
      if (lost) {
        lost = false;
        terminal.err().println("the cluster answers again");
      }
      say();
      return !status.state().isOver();
    } catch (Failure e) {
      if (e.getCause() == null) {
        // Not the connection's fault: the run is gone.
        throw e;
      }
      if (!lost) {
        lost = true;
        terminal.err().println(terminal.yellow(e.getMessage() + "; trying again"));
      }
      return true;
    }
  }

  /** The events since the last time; empty if the trainer has ended meanwhile. */
  private Optional<byte[]> events() {
    RunFiles.Place place =
        new RunFiles.Place(status.trainerPod().orElseThrow(), RunObjects.TRAINER);
    try {
      return new RunFiles(cluster, runs)
          .bytes(place, RunObjects.directory(id) + "/" + RunWatch.EVENTS, offset);
    } catch (Failure e) {
      status = runs.get(id);
      if (status.reading()) {
        throw new Failure(e.getMessage(), e.remedy(), e);
      }
      return Optional.empty();
    }
  }

  private void append(byte[] bytes) {
    try {
      Files.write(
          directory.resolve(RunWatch.EVENTS),
          bytes,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
      offset += bytes.length;
    } catch (IOException e) {
      throw new Failure("%s cannot be written: %s".formatted(directory, e.getMessage()), "", e);
    }
  }

  /** Says what it waits for while no event has come that would say more. */
  private void say() {
    String words =
        status.detail().isEmpty()
            ? status.state().toString()
            : status.state() + ": " + status.detail();
    if (!words.equals(said) && !status.state().isOver() && offset == 0) {
      terminal.err().println(words);
    }
    said = words;
  }

  /** The trainer has said that it ended; the cluster says so a moment later. */
  private void awaitEnd(Optional<RunFinished> ended) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    boolean last =
        ended.map(end -> end.getOutcome() == RunOutcome.RUN_OUTCOME_COMPLETED).orElse(false);
    while (last && !status.state().isOver() && System.nanoTime() < deadline) {
      Thread.sleep(EVERY.toMillis());
      status = runs.get(id);
    }
  }

  private int conclude(Optional<RunFinished> ended) {
    RunProgress progress = RunProgress.of(status.lastWords());
    boolean complete = status.state() == RunState.COMPLETE;
    if (complete || status.state() == RunState.FAILED) {
      runs.settle(status);
    }
    if (ended.isEmpty() && progress.finished().isPresent()) {
      RunFinished end = progress.finished().get();
      terminal
          .err()
          .println(
              "after update %d%s"
                  .formatted(
                      end.getUpdates(), end.getMessage().isEmpty() ? "" : ": " + end.getMessage()));
    }
    String words =
        status.detail().isEmpty()
            ? status.state().toString()
            : status.state() + ": " + status.detail();
    terminal.out().println("run %s is %s".formatted(id, words));
    return status.state() == RunState.FAILED || status.state() == RunState.INCOMPLETE
        ? ExitCode.FAILED
        : ExitCode.OK;
  }

  /**
   * Follows a run from a fresh directory; Ctrl-C ends the following, not the run, and says so.
   *
   * @param back the command that follows it again
   */
  static int follow(Cluster cluster, Terminal terminal, String id, String back)
      throws InterruptedException, IOException {
    Thread goodbye =
        new Thread(
            () ->
                terminal
                    .err()
                    .println("\nThe run goes on in the cluster. To see it again: " + back),
            "goodbye");
    Runtime.getRuntime().addShutdownHook(goodbye);
    Path directory = Files.createTempDirectory("parley-run");
    try {
      return new RunFollower(cluster, terminal, id, directory).follow();
    } finally {
      Files.deleteIfExists(directory.resolve(RunWatch.EVENTS));
      Files.deleteIfExists(directory);
      stopListening(goodbye);
    }
  }

  private static void stopListening(Thread goodbye) {
    try {
      Runtime.getRuntime().removeShutdownHook(goodbye);
    } catch (IllegalStateException e) {
      // The process is ending: the hook says what it has to say.
      return;
    }
  }

  /** What is known of a run's progress, without starting anything for it. */
  static RunProgress progress(Cluster cluster, Runs runs, RunStatus run) {
    if (!run.reading()) {
      return RunProgress.of(run.lastWords());
    }
    RunFiles.Place place = new RunFiles.Place(run.trainerPod().orElseThrow(), RunObjects.TRAINER);
    return new RunFiles(cluster, runs)
        .bytes(place, RunObjects.directory(run.id()) + "/" + RunWatch.EVENTS, -TAIL)
        .map(bytes -> RunProgress.of(new String(bytes, StandardCharsets.UTF_8)))
        .orElse(RunProgress.UNKNOWN);
  }
}
