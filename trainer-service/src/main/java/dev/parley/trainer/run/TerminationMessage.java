package dev.parley.trainer.run;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.parley.proto.run.v1.RunEvent;
import dev.parley.proto.run.v1.RunMetrics;
import dev.parley.proto.run.v1.RunStarted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Leaves what a run came to where Kubernetes keeps it with the ended container, so that it can be
 * told without the run's files: the events that began and ended it and the newest score, one a line
 * as in {@code events.jsonl}, without the settings and the other numbers. A termination message may
 * have 4096 bytes.
 */
public final class TerminationMessage implements RunListener {

  /** Where Kubernetes looks unless a container says otherwise. */
  private static final Path USUAL = Path.of("/dev/termination-log");

  private static final String IN_KUBERNETES = "KUBERNETES_SERVICE_HOST";
  private static final String SCORE = "objective/scores";
  private static final int LONGEST_REASON = 2000;

  private static final Logger LOG = Logger.getLogger(TerminationMessage.class);
  private static final JsonFormat.Printer JSON =
      JsonFormat.printer().omittingInsignificantWhitespace();

  private final Path file;
  private Optional<RunEvent> started = Optional.empty();
  private Optional<RunEvent> measured = Optional.empty();

  TerminationMessage(Path file) {
    this.file = file;
  }

  /** A message where Kubernetes looks for it; empty outside of Kubernetes. */
  public static Optional<TerminationMessage> inContainer() {
    return System.getenv(IN_KUBERNETES) != null && Files.isWritable(USUAL)
        ? Optional.of(new TerminationMessage(USUAL))
        : Optional.empty();
  }

  @Override
  public void onEvent(RunEvent event) {
    switch (event.getEventCase()) {
      case STARTED -> {
        RunStarted.Builder known = event.getStarted().toBuilder().clearConfiguration();
        started = Optional.of(event.toBuilder().setStarted(known).build());
      }
      case METRICS -> measured = Optional.of(newest(event));
      case FINISHED -> write(event);
      case PROGRESS, CHECKPOINT, WARNING, EVENT_NOT_SET -> {}
    }
  }

  private static RunEvent newest(RunEvent event) {
    RunMetrics all = event.getMetrics();
    Double score = all.getValuesMap().get(SCORE);
    RunMetrics.Builder kept = RunMetrics.newBuilder().setUpdate(all.getUpdate());
    if (score != null) {
      kept.putAllValues(Map.of(SCORE, score));
    }
    return event.toBuilder().setMetrics(kept).build();
  }

  private void write(RunEvent finished) {
    String reason = finished.getFinished().getMessage();
    RunEvent end =
        finished.toBuilder()
            .setFinished(
                finished.getFinished().toBuilder()
                    .setMessage(reason.substring(0, Math.min(LONGEST_REASON, reason.length()))))
            .build();
    StringBuilder lines = new StringBuilder();
    started.ifPresent(event -> lines.append(json(event)));
    measured.ifPresent(event -> lines.append(json(event)));
    lines.append(json(end));
    try {
      Files.writeString(file, lines, StandardCharsets.UTF_8);
    } catch (IOException e) {
      // The run's own files say the same.
      LOG.warnf("%s cannot be written: %s", file, e.getMessage());
    }
  }

  private static String json(RunEvent event) {
    try {
      return JSON.print(event) + "\n";
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException("an event cannot be written as JSON: " + event, e);
    }
  }
}
