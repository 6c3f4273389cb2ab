package dev.parley.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.trainer.run.RunListener;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
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
  void beforeTheFirstUpdateTheMetersAreThereAlready() {
    assertThat(registry.getMeters())
        .extracting(Meter::getId)
        .extracting(Meter.Id::getName)
        .containsExactlyInAnyOrder(TrainerMetrics.UPDATES, TrainerMetrics.LAST_UPDATE);
  }
}
