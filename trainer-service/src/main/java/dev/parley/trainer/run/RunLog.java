package dev.parley.trainer.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
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
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

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
  private final RunDirectory directory;
  private final LineFile events;
  private final LineFile metrics;
  private long sequence;
  private long updates;

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
    this.directory = directory;
    this.events = new LineFile(directory.events());
    this.metrics = new LineFile(directory.metrics());
    this.sequence = events.count();
  }

  /**
   * The run began, or goes on. Numbers of updates that are to be made again are forgotten.
   *
   * @param recipe its name
   * @param configuration the resolved settings as YAML
   * @param totalUpdates updates that the run is to make in all
   * @param resumedFromUpdate updates that it holds already
   */
  public void started(
      String recipe, String configuration, long totalUpdates, long resumedFromUpdate) {
    LOG.infof("%s: %s, %d updates", runId, recipe, totalUpdates);
    directory.writeConfiguration(configuration);
    updates = resumedFromUpdate;
    metrics.retain(line -> update(line) <= resumedFromUpdate);
    RunStarted started =
        RunStarted.newBuilder()
            .setRecipe(recipe)
            .setConfiguration(configuration)
            .setTotalUpdates(totalUpdates)
            .setResumedFromUpdate(resumedFromUpdate)
            .build();
    publish(event().setStarted(started));
  }

  private static long update(String line) {
    try {
      return new ObjectMapper().readTree(line).path("update").asLong();
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("a line of the run's metrics is no JSON: " + line, e);
    }
  }

  /** An update is done. */
  public void metrics(long update, Map<String, Double> values) {
    updates = update;
    MDC.put("update", update);
    metrics.add(line(update, values));
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

  /** An update has chosen what it learns from: told to listeners only. */
  public void answers(long learnt, long tokens, Map<String, Integer> keptOut) {
    listeners.forEach(listener -> listener.onAnswers(learnt, tokens, keptOut));
  }

  /** Weights were announced to the policies: told to listeners only. */
  public void version(long version) {
    MDC.put("version", version);
    listeners.forEach(listener -> listener.onVersion(version));
  }

  /** Rollouts were read, and so many records are left: told to listeners only. */
  public void lag(long records) {
    listeners.forEach(listener -> listener.onLag(records));
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

  /**
   * The run ended.
   *
   * @param outcome how
   * @param message why, if not by itself
   */
  public void finished(RunOutcome outcome, String message) {
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
      events.add(JSON.print(event));
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException("an event cannot be written as JSON: " + event, e);
    }
    listeners.forEach(listener -> listener.onEvent(event));
  }

  @Override
  public void close() {
    events.close();
    metrics.close();
  }
}
