package dev.parley.cli.runs;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.parley.proto.run.v1.RunEvent;
import dev.parley.proto.run.v1.RunFinished;
import dev.parley.proto.run.v1.RunMetrics;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How far a run is.
 *
 * @param update updates that are made
 * @param total updates in all; 0 if unknown
 * @param reward the mean score of the newest update's answers, if the recipe has one
 * @param finished how the trainer's last process ended, if it has ended
 */
record RunProgress(long update, long total, OptionalDouble reward, Optional<RunFinished> finished) {

  /** Nothing is known. */
  static final RunProgress UNKNOWN =
      new RunProgress(0, 0, OptionalDouble.empty(), Optional.empty());

  private static final String REWARD = "objective/scores";
  private static final String UPDATES = "updates";
  private static final JsonFormat.Parser PARSER = JsonFormat.parser().ignoringUnknownFields();

  /**
   * Reads run events.
   *
   * @param events one event a line, in protobuf's JSON form; the first and the last line may be cut
   */
  static RunProgress of(String events) {
    RunProgress progress = UNKNOWN;
    for (String line : events.lines().toList()) {
      RunEvent.Builder event = RunEvent.newBuilder();
      try {
        PARSER.merge(line, event);
      } catch (InvalidProtocolBufferException e) {
        // The rest of a line that was cut.
        continue;
      }
      progress = progress.after(event.build());
    }
    return progress;
  }

  private RunProgress after(RunEvent event) {
    return switch (event.getEventCase()) {
      case STARTED ->
          new RunProgress(
              event.getStarted().getResumedFromUpdate(),
              event.getStarted().getTotalUpdates(),
              reward,
              Optional.empty());
      case PROGRESS ->
          event.getProgress().getUnit().equals(UPDATES)
              ? new RunProgress(
                  event.getProgress().getDone(), event.getProgress().getTotal(), reward, finished)
              : this;
      case METRICS -> measured(event.getMetrics());
      case FINISHED ->
          new RunProgress(
              event.getFinished().getUpdates(), total, reward, Optional.of(event.getFinished()));
      case CHECKPOINT, WARNING, EVENT_NOT_SET -> this;
    };
  }

  private RunProgress measured(RunMetrics metrics) {
    Double score = metrics.getValuesMap().get(REWARD);
    return new RunProgress(
        metrics.getUpdate(), total, score == null ? reward : OptionalDouble.of(score), finished);
  }
}
