package dev.parley.cli.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.proto.run.v1.CheckpointWritten;
import dev.parley.proto.run.v1.RunEvent;
import dev.parley.proto.run.v1.RunFinished;
import dev.parley.proto.run.v1.RunMetrics;
import dev.parley.proto.run.v1.RunOutcome;
import dev.parley.proto.run.v1.RunProgress;
import dev.parley.proto.run.v1.RunStarted;
import dev.parley.proto.run.v1.RunWarning;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunViewTest {

  private static final long BEGAN = 1_700_000_000_000L;

  private final RunView view = new RunView(false);
  private long seconds;

  @Test
  void aRunThatHasSaidNothingIsStarting() {
    assertThat(view.lines()).containsExactly("starting");
    assertThat(view.finished()).isEmpty();
  }

  @Test
  void theBeginningNamesRecipeRunAndUpdates() {
    assertThat(
            view.take(
                event()
                    .setStarted(RunStarted.newBuilder().setRecipe("ppo").setTotalUpdates(200))
                    .build()))
        .containsExactly("ppo run r-1, 200 updates");
    assertThat(
            view.take(
                event()
                    .setStarted(
                        RunStarted.newBuilder()
                            .setRecipe("ppo")
                            .setTotalUpdates(200)
                            .setResumedFromUpdate(40))
                    .build()))
        .containsExactly("ppo run r-1 goes on after update 40 of 200");
  }

  @Test
  void whatComesBeforeTheUpdatesIsShownByItsPhase() {
    start(200);
    progress("reading prompts", "rows", 0, 1_000);
    seconds = 1;
    progress("reading prompts", "rows", 500, 1_000);

    assertThat(view.lines())
        .containsExactly("ppo: reading prompts [########        ]  50%  ETA 1s  500/1,000 rows");
  }

  @Test
  void updatesShowBarTimeLeftCountAndTokens() {
    start(200);
    seconds = 10;
    progress("training", "updates", 20, 200);

    assertThat(view.lines())
        .containsExactly("ppo [#               ]  10%  ETA 1m 30s  20/200 updates  3.5k tok/s");
  }

  @Test
  void otherWorkBetweenUpdatesStandsBelowAndTheTimeLeftCountsIt() {
    start(200);
    seconds = 10;
    progress("training", "updates", 1, 200);
    seconds = 12;
    progress("waiting for rollouts", "prompts", 0, 64);
    seconds = 14;
    progress("waiting for rollouts", "prompts", 16, 64);

    assertThat(view.lines())
        .containsExactly(
            "ppo [                ]   0%  ETA 33m 10s  1/200 updates  3.5k tok/s",
            "  waiting for rollouts [####            ]  25%  ETA 6s  16/64 prompts");
  }

  @Test
  void aResumedRunIsNotFasterForWhatWasDoneBefore() {
    view.take(
        event()
            .setStarted(
                RunStarted.newBuilder()
                    .setRecipe("ppo")
                    .setTotalUpdates(200)
                    .setResumedFromUpdate(100))
            .build());
    seconds = 5;
    progress("training", "updates", 101, 200);

    assertThat(view.lines().get(0)).contains("ETA 8m 15s  101/200 updates");
  }

  @Test
  void theMainMetricsOfTheLatestUpdateStandBelow() {
    start(200);
    seconds = 2;
    metrics(
        1,
        Map.of(
            "learning_rate", 3e-6,
            "eps", 12.0,
            "objective/kl", 1.2345,
            "objective/scores", 0.42,
            "policy/clipfrac_avg", 0.05));
    seconds = 4;
    metrics(2, Map.of("objective/kl", 2.0, "objective/scores", 0.5));

    assertThat(view.lines())
        .containsExactly(
            "ppo [                ]   1%  ETA 6m 36s  2/200 updates",
            "  update 2  objective/scores 0.5000  objective/kl 2.00");
  }

  @Test
  void metricsWithoutKnownNamesAreShownByName() {
    start(2);
    metrics(1, Map.of("b", 2.0, "a", 1.0));

    assertThat(view.lines().get(1)).isEqualTo("  update 1  a 1.00  b 2.00");
  }

  @Test
  void checkpointsAndWarningsAreLinesThatStay() {
    assertThat(
            view.take(
                event()
                    .setCheckpoint(
                        CheckpointWritten.newBuilder().setUpdate(50).setUri("runs/r-1/50"))
                    .build()))
        .containsExactly("checkpoint of update 50: runs/r-1/50");
    assertThat(
            view.take(
                event()
                    .setWarning(
                        RunWarning.newBuilder()
                            .setCode("non_finite_step")
                            .setMessage("skipped one"))
                    .build()))
        .containsExactly("warning non_finite_step: skipped one");
  }

  @Test
  void theEndSaysHowAndHowLong() {
    start(200);
    seconds = 125;
    assertThat(finish(RunOutcome.RUN_OUTCOME_COMPLETED, ""))
        .isEqualTo("done: 200 updates in 2m 05s");
    assertThat(finish(RunOutcome.RUN_OUTCOME_STOPPED, ""))
        .isEqualTo("stopped after update 200 in 2m 05s; it can be resumed");
    assertThat(finish(RunOutcome.RUN_OUTCOME_FAILED, "the broker is gone"))
        .isEqualTo("failed after update 200 in 2m 05s: the broker is gone");
    assertThat(view.finished()).isPresent();
  }

  @Test
  void aRunThatIsResumedIsNotFinished() {
    start(200);
    finish(RunOutcome.RUN_OUTCOME_STOPPED, "");
    start(200);

    assertThat(view.finished()).isEmpty();
  }

  @Test
  void anEventOfALaterTrainerChangesNothing() {
    assertThat(view.take(event().build())).isEmpty();
    assertThat(view.lines()).containsExactly("starting");
  }

  private RunEvent.Builder event() {
    return RunEvent.newBuilder().setRunId("r-1").setAtMs(BEGAN + 1_000 * seconds);
  }

  private void start(long updates) {
    view.take(
        event()
            .setStarted(RunStarted.newBuilder().setRecipe("ppo").setTotalUpdates(updates))
            .build());
  }

  private void progress(String phase, String unit, long done, long total) {
    view.take(
        event()
            .setProgress(
                RunProgress.newBuilder()
                    .setPhase(phase)
                    .setDone(done)
                    .setTotal(total)
                    .setUnit(unit)
                    .setTokensPerSecond(3_456))
            .build());
  }

  private void metrics(long update, Map<String, Double> values) {
    view.take(
        event().setMetrics(RunMetrics.newBuilder().setUpdate(update).putAllValues(values)).build());
  }

  private String finish(RunOutcome outcome, String message) {
    return view.take(
            event()
                .setFinished(
                    RunFinished.newBuilder()
                        .setOutcome(outcome)
                        .setMessage(message)
                        .setUpdates(200))
                .build())
        .get(0);
  }
}
