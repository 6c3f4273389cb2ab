package dev.parley.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import dev.parley.proto.run.v1.RunEvent;
import dev.parley.proto.run.v1.RunOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TerminationMessageTest {

  @TempDir Path directory;

  @Test
  void itTellsBeginningNewestScoreAndEndAndFitsWhatKubernetesKeeps() throws IOException {
    Path file = directory.resolve("termination-log");
    Map<String, Double> values = new HashMap<>(Map.of("objective/scores", 0.75));
    for (int i = 0; i < 500; i++) {
      values.put("some/metric/number/" + i, 1.0 / (i + 1));
    }
    try (RunLog log =
        new RunLog(
            "r1",
            new RunDirectory(directory.resolve("run")),
            Clock.systemUTC(),
            List.of(new TerminationMessage(file)))) {
      log.started("ppo", "a long configuration ".repeat(1000), 10, 0);
      log.metrics(1, Map.of("objective/scores", 0.25));
      log.metrics(2, values);
      assertThat(file).as("before the end").doesNotExist();
      log.finished(RunOutcome.RUN_OUTCOME_FAILED, "why ".repeat(2000));
    }

    assertThat(Files.size(file)).isLessThan(4096);
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(3);
    assertThat(event(lines.get(0)).getStarted().getTotalUpdates()).isEqualTo(10);
    assertThat(event(lines.get(1)).getMetrics().getUpdate()).isEqualTo(2);
    assertThat(event(lines.get(1)).getMetrics().getValuesMap())
        .containsExactly(Map.entry("objective/scores", 0.75));
    assertThat(event(lines.get(2)).getFinished().getOutcome())
        .isEqualTo(RunOutcome.RUN_OUTCOME_FAILED);
    assertThat(event(lines.get(2)).getFinished().getMessage()).startsWith("why why");
  }

  @Test
  void outsideOfKubernetesThereIsNone() {
    assertThat(TerminationMessage.inContainer()).isEmpty();
  }

  private static RunEvent event(String line) throws IOException {
    RunEvent.Builder event = RunEvent.newBuilder();
    JsonFormat.parser().merge(line, event);
    return event.build();
  }
}
