package dev.parley.cli.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.proto.run.v1.RunEvent;
import dev.parley.proto.run.v1.RunFinished;
import dev.parley.proto.run.v1.RunOutcome;
import dev.parley.proto.run.v1.RunProgress;
import dev.parley.proto.run.v1.RunStarted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunWatchTest {

  private static final RunEvent STARTED =
      RunEvent.newBuilder()
          .setRunId("r-1")
          .setStarted(RunStarted.newBuilder().setRecipe("sft").setTotalUpdates(3))
          .build();
  private static final RunEvent COMPLETED = finished(RunOutcome.RUN_OUTCOME_COMPLETED);

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path run;

  @Test
  void aLineCountsOnceItsEndIsThere() throws IOException {
    try (EventTail tail = new EventTail(file())) {
      assertThat(tail.poll()).isEmpty();

      String line = json(STARTED);
      append(line.substring(0, 20));
      assertThat(tail.poll()).isEmpty();
      append(line.substring(20) + "\n" + json(COMPLETED));
      assertThat(tail.poll()).extracting(EventTail.Item::event).containsExactly(STARTED);
      append("\n\n");
      assertThat(tail.poll()).extracting(EventTail.Item::event).containsExactly(COMPLETED);
      assertThat(tail.poll()).isEmpty();
    }
  }

  @Test
  void aFileThatBecomesShorterIsReadAnew() throws IOException {
    try (EventTail tail = new EventTail(file())) {
      append(json(STARTED) + "\n" + json(COMPLETED) + "\n");
      assertThat(tail.poll()).hasSize(2);

      Files.writeString(file(), json(COMPLETED) + "\n");
      assertThat(tail.poll()).extracting(EventTail.Item::event).containsExactly(COMPLETED);
    }
  }

  @Test
  void aLineThatIsNoEventIsNamedAndThoseBehindItRead() throws IOException {
    append("{\"started\":7}\n" + json(COMPLETED) + "\n");

    try (EventTail tail = new EventTail(file())) {
      List<EventTail.Item> items = tail.poll();

      assertThat(items.get(0).complaint()).startsWith(file() + ":1 is no run event");
      assertThat(items.get(1).event()).isEqualTo(COMPLETED);
    }
  }

  @Test
  void fieldsOfALaterTrainerArePassedOver() throws IOException {
    append("{\"runId\":\"r-1\",\"somethingNew\":{\"a\":1}}\n");

    try (EventTail tail = new EventTail(file())) {
      assertThat(tail.poll())
          .singleElement()
          .satisfies(item -> assertThat(item.complaint()).isEmpty());
    }
  }

  @Test
  void eventsAreShownAsTheyComeUntilTheRunEnds() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    Optional<RunFinished> end =
        new RunWatch(terminal.terminal())
            .follow(
                run,
                () -> {
                  // The trainer, seen from here: it writes a little between two looks.
                  switch (asked.incrementAndGet()) {
                    case 2 -> append(json(STARTED) + "\n");
                    case 3 -> append(json(progress()) + "\n" + json(COMPLETED) + "\n");
                    default -> {}
                  }
                  return true;
                });

    assertThat(end).hasValueSatisfying(e -> assertThat(e.getUpdates()).isEqualTo(3));
    assertThat(terminal.err().lines())
        .containsExactly(
            "sft run r-1, 3 updates",
            "done: 3 updates",
            "sft [##########      ]  66%  2/3 updates");
  }

  @Test
  void aTrainerThatEndsWithoutAWordEndsTheWatch() throws InterruptedException {
    append(json(STARTED) + "\n");

    assertThat(new RunWatch(terminal.terminal()).follow(run, () -> false)).isEmpty();
    assertThat(terminal.err()).contains("sft run r-1, 3 updates");
  }

  @Test
  void theCommandAnswersHowTheRunEnded() {
    append(json(STARTED) + "\n" + json(COMPLETED) + "\n");
    assertThat(watch()).isEqualTo(ExitCode.OK);

    append(json(STARTED) + "\n" + json(finished(RunOutcome.RUN_OUTCOME_FAILED)) + "\n");
    assertThat(watch()).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("failed after update 3: out of memory");
  }

  @Test
  void onceDoesNotWait() {
    append(json(STARTED) + "\n");

    assertThat(Parley.run(terminal.terminal(), "watch", "--once", run.toString())).isZero();
    assertThat(terminal.err()).contains("sft: starting");
  }

  @Test
  void aDirectoryThatIsNoRunFails() {
    assertThat(Parley.run(terminal.terminal(), "watch", "--once", run.toString()))
        .isEqualTo(ExitCode.FAILED);
    assertThat(Parley.run(terminal.terminal(), "watch", run + "/none")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("has no events.jsonl", "there is no directory");
  }

  private int watch() {
    return Parley.run(terminal.terminal(), "watch", run.toString());
  }

  private Path file() {
    return run.resolve("events.jsonl");
  }

  private static RunEvent progress() {
    return RunEvent.newBuilder()
        .setRunId("r-1")
        .setProgress(
            RunProgress.newBuilder().setPhase("training").setDone(2).setTotal(3).setUnit("updates"))
        .build();
  }

  private static RunEvent finished(RunOutcome outcome) {
    return RunEvent.newBuilder()
        .setRunId("r-1")
        .setFinished(
            RunFinished.newBuilder().setOutcome(outcome).setUpdates(3).setMessage("out of memory"))
        .build();
  }

  private static String json(RunEvent event) {
    try {
      return JsonFormat.printer().omittingInsignificantWhitespace().print(event);
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void append(String text) {
    try {
      Files.writeString(file(), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
