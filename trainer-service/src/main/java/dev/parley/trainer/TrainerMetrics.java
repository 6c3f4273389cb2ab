package dev.parley.trainer;

import dev.parley.trainer.run.RunListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The trainer's meters. Each number of an update is a gauge named after it: {@code objective/kl}
 * becomes {@code parley_objective_kl}, with the run and the recipe as labels.
 */
@ApplicationScoped
public class TrainerMetrics {

  /** Updates made, by run and recipe. */
  public static final String UPDATES = "parley.trainer.updates";

  /** Warnings, by run, recipe and code. */
  public static final String WARNINGS = "parley.trainer.warnings";

  /** When the newest update ended, seconds since 1970-01-01 UTC. */
  public static final String LAST_UPDATE = "parley.trainer.last_update_time";

  private static final String PREFIX = "parley.";

  private final MeterRegistry registry;
  private final Map<String, Double> values = new ConcurrentHashMap<>();
  private volatile double lastUpdate;

  /** Takes the registry that {@code /q/metrics} shows. */
  public TrainerMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /**
   * Returns a listener that keeps the meters of a run.
   *
   * @param runId the run
   * @param recipe its recipe
   */
  public RunListener listener(String runId, String recipe) {
    Tags tags = Tags.of(Tag.of("run", runId), Tag.of("recipe", recipe));
    Counter made =
        Counter.builder(UPDATES).description("Updates made").tags(tags).register(registry);
    Gauge.builder(LAST_UPDATE, () -> lastUpdate)
        .description("When the newest update ended")
        .baseUnit("seconds")
        .tags(tags)
        .register(registry);
    return new RunListener() {
      @Override
      public void onMetrics(long update, Map<String, Double> numbers) {
        numbers.forEach((name, value) -> set(name, value, tags));
        made.increment();
        lastUpdate = System.currentTimeMillis() / 1000.0;
      }

      @Override
      public void onWarning(String code) {
        Counter.builder(WARNINGS)
            .description("Warnings of the run, by code")
            .tags(tags.and("code", code))
            .register(registry)
            .increment();
      }
    };
  }

  private void set(String name, double value, Tags tags) {
    if (values.put(name, value) == null) {
      Gauge.builder(PREFIX + name.replace('/', '.'), () -> values.get(name))
          .description(name + " of the newest update")
          .tags(tags)
          .register(registry);
    }
  }
}
