package dev.parley.trainer.run;

import com.google.protobuf.util.JsonFormat;
import dev.parley.proto.run.v1.CheckpointWritten;
import dev.parley.proto.run.v1.RunEvent;
import dev.parley.proto.run.v1.RunFinished;
import dev.parley.proto.run.v1.RunMetrics;
import dev.parley.proto.run.v1.RunOutcome;
import dev.parley.proto.run.v1.RunProgress;
import dev.parley.proto.run.v1.RunStarted;
import dev.parley.proto.run.v1.RunWarning;
import dev.parley.proto.version.v1.VersionReference;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jboss.logging.Logger;

/**
 * Tells what a run is doing, in three places at once: files in the run's directory, run events, and
 * meters.
 */
public final class RunLog implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(RunLog.class);
  private static final JsonFormat.Printer JSON =
      JsonFormat.printer().omittingInsignificantWhitespace().includingDefaultValueFields();

  private final String runId;
  private final Clock clock;
  private final List<RunListener> listeners;
  private final BufferedWriter events;
  private final BufferedWriter metrics;
  private long sequence;

  /**
   * Opens the log, going on where an earlier process stopped.
   *
   * @param runId the run
   * @param directory its files
   * @param clock for the events' times
   * @param listeners hear of every event
   */
  public RunLog(String runId, RunDirectory directory, Clock clock, List<RunListener> listeners) {
    this.runId = runId;
    this.clock = clock;
    this.listeners = List.copyOf(listeners);
    this.sequence = lines(directory.events());
    this.events = append(directory.events());
    this.metrics = append(directory.metrics());
  }

  private static long lines(Path file) {
    if (!Files.exists(file)) {
      return 0;
    }
    try (var lines = Files.lines(file, StandardCharsets.UTF_8)) {
      return lines.count();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private static BufferedWriter append(Path file) {
    try {
      return Files.newBufferedWriter(
          file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + file, e);
    }
  }

  /** The run began, or goes on. */
  public void started(
      String recipe, String configuration, long totalUpdates, long resumedFromUpdate) {
    LOG.infof("%s: %s, %d updates", runId, recipe, totalUpdates);
    RunStarted started =
        RunStarted.newBuilder()
            .setRecipe(recipe)
            .setConfiguration(configuration)
            .setTotalUpdates(totalUpdates)
            .setResumedFromUpdate(resumedFromUpdate)
            .build();
    publish(event().setStarted(started));
  }

  /** An update is done. */
  public void metrics(long update, Map<String, Double> values) {
    write(metrics, line(update, values));
    listeners.forEach(listener -> listener.onMetrics(update, values));
    publish(event().setMetrics(RunMetrics.newBuilder().setUpdate(update).putAllValues(values)));
  }

  /** JSON has no way to write a number that is not finite: such a value is written as null. */
  private static String line(long update, Map<String, Double> values) {
    StringJoiner fields = new StringJoiner(", ", "{", "}");
    fields.add("\"update\": " + update);
    values.forEach(
        (name, value) ->
            fields.add("\"" + name + "\": " + (Double.isFinite(value) ? value : null)));
    return fields.toString();
  }

  /** A long piece of work has come on. */
  public void progress(String phase, long done, long total, String unit, double tokensPerSecond) {
    RunProgress progress =
        RunProgress.newBuilder()
            .setPhase(phase)
            .setDone(done)
            .setTotal(total)
            .setUnit(unit)
            .setTokensPerSecond(tokensPerSecond)
            .build();
    publish(event().setProgress(progress));
  }

  /** A checkpoint is complete on disk. */
  public void checkpoint(Path directory, long update, long version, String checksum) {
    LOG.infof("%s: checkpoint of update %d at %s", runId, update, directory);
    VersionReference reference =
        VersionReference.newBuilder().setVersion(version).setChecksum(checksum).build();
    CheckpointWritten written =
        CheckpointWritten.newBuilder()
            .setUri(directory.toUri().toString())
            .setUpdate(update)
            .setVersion(reference)
            .build();
    publish(event().setCheckpoint(written));
  }

  /**
   * Something happened that a person should know.
   *
   * @param code short fixed name to count by
   * @param message what was seen, and what to do about it
   */
  public void warning(String code, String message) {
    LOG.warnf("%s: %s", runId, message);
    listeners.forEach(listener -> listener.onWarning(code));
    publish(event().setWarning(RunWarning.newBuilder().setCode(code).setMessage(message)));
  }

  /** The run ended. */
  public void finished(RunOutcome outcome, String message, long updates) {
    LOG.infof("%s: %s after %d updates. %s", runId, outcome, updates, message);
    RunFinished finished =
        RunFinished.newBuilder()
            .setOutcome(outcome)
            .setMessage(message)
            .setUpdates(updates)
            .build();
    publish(event().setFinished(finished));
  }

  private RunEvent.Builder event() {
    return RunEvent.newBuilder().setRunId(runId).setSequence(sequence++).setAtMs(clock.millis());
  }

  private void publish(RunEvent.Builder builder) {
    RunEvent event = builder.build();
    try {
      write(events, JSON.print(event));
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new UncheckedIOException("an event cannot be written as JSON: " + event, e);
    }
    listeners.forEach(listener -> listener.onEvent(event));
  }

  private static void write(BufferedWriter writer, String line) {
    try {
      writer.write(line);
      writer.newLine();
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to the run's directory", e);
    }
  }

  @Override
  public void close() {
    try {
      events.close();
      metrics.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the run's files", e);
    }
  }
}
