package dev.parley.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.util.JsonFormat;
import dev.parley.proto.run.v1.RunEvent;
import dev.parley.proto.run.v1.RunEvent.EventCase;
import dev.parley.proto.run.v1.RunOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLogTest {

  private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(1234), ZoneOffset.UTC);

  /** Writes down what it hears. */
  private static final class Heard implements RunListener {
    private final List<RunEvent> events = new ArrayList<>();
    private final Map<Long, Map<String, Double>> metrics = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();

    @Override
    public void onEvent(RunEvent event) {
      events.add(event);
    }

    @Override
    public void onMetrics(long update, Map<String, Double> values) {
      metrics.put(update, values);
    }

    @Override
    public void onWarning(String code) {
      warnings.add(code);
    }
  }

  @TempDir private Path temporary;
  private RunDirectory directory;
  private final Heard heard = new Heard();

  @BeforeEach
  void directory() {
    directory = new RunDirectory(temporary.resolve("runs/r"));
  }

  private RunLog open() {
    return new RunLog("r", directory, CLOCK, List.of(heard));
  }

  private List<RunEvent> events() throws IOException {
    List<RunEvent> events = new ArrayList<>();
    for (String line : Files.readAllLines(directory.events())) {
      RunEvent.Builder event = RunEvent.newBuilder();
      JsonFormat.parser().merge(line, event);
      events.add(event.build());
    }
    return events;
  }

  private List<JsonNode> metrics() throws IOException {
    List<JsonNode> metrics = new ArrayList<>();
    for (String line : Files.readAllLines(directory.metrics())) {
      metrics.add(new ObjectMapper().readTree(line));
    }
    return metrics;
  }

  private static void everyKind(RunLog log) {
    log.started("sft", "run:\n  id: \"r\"\n", 10, 0);
    log.progress("training", 1, 10, "updates", 123.5);
    log.metrics(1, Map.of("objective/kl", 0.25));
    log.checkpoint(Path.of("/c/update-000001"), 1, 2, "abc");
    log.warning("rows_left_out", "2 rows, \"quoted\"\nand broken");
    log.finished(RunOutcome.RUN_OUTCOME_COMPLETED, "");
  }

  @Test
  void everyLineReadsBackAsTheEventThatListenersHeard() throws IOException {
    try (RunLog log = open()) {
      everyKind(log);
    }
    assertThat(events()).isEqualTo(heard.events);
    assertThat(heard.events)
        .extracting(RunEvent::getEventCase)
        .containsExactly(
            EventCase.STARTED,
            EventCase.PROGRESS,
            EventCase.METRICS,
            EventCase.CHECKPOINT,
            EventCase.WARNING,
            EventCase.FINISHED);
    assertThat(heard.events)
        .allSatisfy(
            event -> {
              assertThat(event.getRunId()).isEqualTo("r");
              assertThat(event.getAtMs()).isEqualTo(1234);
            });
  }

  @Test
  void sequenceNumbersGoOnAcrossARestart() throws IOException {
    try (RunLog log = open()) {
      everyKind(log);
    }
    try (RunLog log = open()) {
      everyKind(log);
    }
    assertThat(events())
        .extracting(RunEvent::getSequence)
        .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
  }

  @Test
  void anEventThatAKilledProcessBrokeOffIsForgotten() throws IOException {
    try (RunLog log = open()) {
      everyKind(log);
    }
    Files.writeString(directory.events(), "{\"runId\":\"r\",\"sequ", StandardOpenOption.APPEND);
    try (RunLog log = open()) {
      log.warning("again", "goes on");
    }
    assertThat(events()).hasSize(7);
    assertThat(events().get(6).getSequence()).isEqualTo(6);
  }

  @Test
  void numbersOfAnUpdateAreOneJsonObject() throws IOException {
    try (RunLog log = open()) {
      Map<String, Double> values = new LinkedHashMap<>();
      values.put("objective/kl", 0.1);
      values.put("lr", 1e-9);
      log.metrics(7, values);
    }
    assertThat(metrics()).hasSize(1);
    assertThat(metrics().get(0).get("update").asLong()).isEqualTo(7);
    assertThat(metrics().get(0).get("objective/kl").asDouble()).isEqualTo(0.1);
    assertThat(metrics().get(0).get("lr").asDouble()).isEqualTo(1e-9);
  }

  @Test
  void aNumberThatIsNotFiniteIsNullInTheFileAndItselfInTheEvent() throws IOException {
    try (RunLog log = open()) {
      log.metrics(1, Map.of("grad_norm", Double.NaN));
      log.metrics(2, Map.of("grad_norm", Double.POSITIVE_INFINITY));
    }
    assertThat(metrics()).allSatisfy(line -> assertThat(line.get("grad_norm").isNull()).isTrue());
    assertThat(events())
        .extracting(event -> event.getMetrics().getValuesOrThrow("grad_norm"))
        .containsExactly(Double.NaN, Double.POSITIVE_INFINITY);
  }

  @Test
  void aResumedRunForgetsTheNumbersOfUpdatesThatItMakesAgain() throws IOException {
    try (RunLog log = open()) {
      for (long update = 1; update <= 4; update++) {
        log.metrics(update, Map.of("loss", 1.0));
      }
    }
    try (RunLog log = open()) {
      log.started("sft", "", 5, 2);
      log.metrics(3, Map.of("loss", 2.0));
    }
    assertThat(metrics())
        .extracting(line -> line.get("update").asLong())
        .containsExactly(1L, 2L, 3L);
    assertThat(metrics())
        .extracting(line -> line.get("loss").asDouble())
        .containsExactly(1.0, 1.0, 2.0);
  }

  @Test
  void theEndTellsHowManyUpdatesTheRunHolds() {
    try (RunLog log = open()) {
      log.started("sft", "", 5, 2);
      log.finished(RunOutcome.RUN_OUTCOME_STOPPED, "stopped");
      log.metrics(3, Map.of("loss", 2.0));
      log.finished(RunOutcome.RUN_OUTCOME_FAILED, "no more");
    }
    assertThat(heard.events)
        .filteredOn(RunEvent::hasFinished)
        .extracting(event -> event.getFinished().getUpdates())
        .containsExactly(2L, 3L);
  }

  @Test
  void listenersHearNumbersAndWarningsToo() {
    try (RunLog log = open()) {
      everyKind(log);
    }
    assertThat(heard.metrics).isEqualTo(Map.of(1L, Map.of("objective/kl", 0.25)));
    assertThat(heard.warnings).containsExactly("rows_left_out");
  }
}
