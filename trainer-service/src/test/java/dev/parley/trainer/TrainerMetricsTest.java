package dev.parley.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.proto.run.v1.CheckpointWritten;
import dev.parley.proto.run.v1.RunEvent;
import dev.parley.proto.run.v1.RunStarted;
import dev.parley.trainer.experience.RolloutReader;
import dev.parley.trainer.onpolicy.OnPolicyMetrics;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.run.RunListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TrainerMetricsTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final RunListener listener = new TrainerMetrics(registry).listener("r1", "ppo");

  private Gauge gauge(String name) {
    return registry.get(name).tags("run", "r1", "recipe", "ppo").gauge();
  }

  @Test
  void everyNumberIsAGaugeUnderItsCommonNameWithItsNewestValue() {
    listener.onMetrics(1, Map.of("objective/kl", 0.5, "loss/policy_avg", 2.0, "lr", 1e-5));
    listener.onMetrics(2, Map.of("objective/kl", 0.75, "critic/vf_explained_var", -1.0));
    assertThat(gauge("parley.objective.kl").value()).isEqualTo(0.75);
    assertThat(gauge("parley.loss.policy_avg").value()).isEqualTo(2);
    assertThat(gauge("parley.lr").value()).isEqualTo(1e-5);
    assertThat(gauge("parley.critic.vf_explained_var").value()).isEqualTo(-1);
  }

  @Test
  void updatesAreCounted() {
    listener.onMetrics(1, Map.of());
    listener.onMetrics(2, Map.of());
    assertThat(registry.get(TrainerMetrics.UPDATES).tags("run", "r1").counter().count())
        .isEqualTo(2);
    assertThat(gauge(TrainerMetrics.LAST_UPDATE).value()).isPositive();
  }

  @Test
  void warningsAreCountedByCode() {
    listener.onWarning("non_finite_step");
    listener.onWarning("non_finite_step");
    listener.onWarning("samples_kept_out");
    assertThat(
            registry.get(TrainerMetrics.WARNINGS).tags("code", "non_finite_step").counter().count())
        .isEqualTo(2);
    assertThat(
            registry
                .get(TrainerMetrics.WARNINGS)
                .tags("code", "samples_kept_out", "run", "r1", "recipe", "ppo")
                .counter()
                .count())
        .isEqualTo(1);
  }

  @Test
  void whatAlertsAreMadeOfIsThereBeforeTheFirstUpdate() {
    assertThat(registry.getMeters())
        .extracting(Meter::getId)
        .extracting(Meter.Id::getName)
        .contains(
            TrainerMetrics.UPDATES,
            TrainerMetrics.LAST_UPDATE,
            TrainerMetrics.LAST_CHECKPOINT,
            TrainerMetrics.WARNINGS,
            TrainerMetrics.ANSWERS_KEPT_OUT);
    assertThat(registry.get(TrainerMetrics.WARNINGS).tag("code", "non_finite_step").counter())
        .returns(0.0, Counter::count);
    assertThat(gauge(TrainerMetrics.LAST_UPDATE).value()).isPositive();
  }

  @Test
  void whereTheTimeGoesIsAddedUpByPhase() {
    listener.onMetrics(1, Map.of("timing/generation", 2.0, "timing/step_total", 5.0));
    listener.onMetrics(2, Map.of("timing/generation", 1.5, "timing/step_total", 4.0));
    assertThat(registry.get(TrainerMetrics.PHASE_TIME).tag("phase", "generation").timer())
        .returns(3.5, timer -> timer.totalTime(TimeUnit.SECONDS));
    assertThat(registry.get(TrainerMetrics.UPDATE_TIME).timer().count()).isEqualTo(2);
  }

  @Test
  void answersAndTheirTokensAreCountedAndThoseKeptOutByReason() {
    listener.onAnswers(30, 1200, Map.of("SCORE_FAILED", 2));
    listener.onAnswers(32, 1300, Map.of());
    assertThat(registry.get(TrainerMetrics.ANSWERS).counter().count()).isEqualTo(62);
    assertThat(registry.get(TrainerMetrics.TOKENS).counter().count()).isEqualTo(2500);
    assertThat(
            registry
                .get(TrainerMetrics.ANSWERS_KEPT_OUT)
                .tag("reason", "score_failed")
                .counter()
                .count())
        .isEqualTo(2);
  }

  @Test
  void everyReasonForWhichTheReaderKeepsAnswersOutHasItsCounterFromTheStart() {
    assertThat(registry.get(TrainerMetrics.ANSWERS_KEPT_OUT).counters())
        .extracting(counter -> counter.getId().getTag("reason"))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(RolloutReader.Reason.values())
                .map(reason -> reason.name().toLowerCase(Locale.ROOT))
                .toList());
  }

  @Test
  void partsOfTheScoreAreOneGaugeByComponent() {
    listener.onMetrics(1, Map.of("reward/gold", 0.25, "reward/brief", -1.0));
    assertThat(registry.get(TrainerMetrics.SCORE_COMPONENT).tag("component", "gold").gauge())
        .returns(0.25, Gauge::value);
    assertThat(registry.get(TrainerMetrics.SCORE_COMPONENT).tag("component", "brief").gauge())
        .returns(-1.0, Gauge::value);
  }

  @Test
  void versionsPlansAndCheckpointsAreTold() {
    listener.onEvent(
        RunEvent.newBuilder()
            .setStarted(RunStarted.newBuilder().setTotalUpdates(10).setResumedFromUpdate(3))
            .build());
    listener.onVersion(4);
    listener.onLag(17);
    listener.onEvent(
        RunEvent.newBuilder().setCheckpoint(CheckpointWritten.getDefaultInstance()).build());
    assertThat(gauge(TrainerMetrics.UPDATES_PLANNED).value()).isEqualTo(10);
    assertThat(gauge(TrainerMetrics.UPDATE).value()).isEqualTo(3);
    assertThat(gauge(TrainerMetrics.VERSION).value()).isEqualTo(4);
    assertThat(gauge(TrainerMetrics.ROLLOUTS_LAG).value()).isEqualTo(17);
    assertThat(registry.get(TrainerMetrics.CHECKPOINTS).counter().count()).isEqualTo(1);
  }

  @Test
  void everyNumberThatARecipeTellsHasItsMeaning() {
    Set<String> unknown = new TreeSet<>();
    for (RecipeName recipe : RecipeName.values()) {
      for (String name : RecipeDocumentsTest.told(recipe)) {
        if (!name.equals(OnPolicyMetrics.COMPONENT) && LearningCurves.find(name).isEmpty()) {
          unknown.add(recipe + ": " + name);
        }
      }
    }
    assertThat(unknown).isEmpty();
  }
}
