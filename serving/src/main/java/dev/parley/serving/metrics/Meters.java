package dev.parley.serving.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Makes the meters of a catalogue in a registry, or returns those that are there. Labels are given
 * as name, value, name, value…
 */
public final class Meters {

  private final MeterCatalogue catalogue;
  private final MeterRegistry registry;
  private final Tags common;

  Meters(MeterCatalogue catalogue, MeterRegistry registry, Tags common) {
    this.catalogue = catalogue;
    this.registry = registry;
    this.common = common;
  }

  /** Returns a counter. */
  public Counter counter(String name, String... labels) {
    Meter.Id meter = catalogue.get(name);
    return Counter.builder(name)
        .description(meter.getDescription())
        .baseUnit(meter.getBaseUnit())
        .tags(common.and(labels))
        .register(registry);
  }

  /** Reports from now on a number that somebody else counts up. */
  public void counted(String name, Supplier<Number> value) {
    Meter.Id meter = catalogue.get(name);
    FunctionCounter.builder(name, value, counted -> counted.get().doubleValue())
        .description(meter.getDescription())
        .baseUnit(meter.getBaseUnit())
        .tags(common)
        .register(registry);
  }

  /** Reports from now on a number that goes up and down. */
  public void gauge(String name, Supplier<Number> value, String... labels) {
    Meter.Id meter = catalogue.get(name);
    Gauge.builder(name, value)
        .description(meter.getDescription())
        .baseUnit(meter.getBaseUnit())
        .tags(common.and(labels))
        .strongReference(true)
        .register(registry);
  }

  /** Returns a timer with the {@link Buckets#CALLS buckets of calls}. */
  public Timer timer(String name, String... labels) {
    return timer(name, Buckets.CALLS, labels);
  }

  /**
   * Returns a timer.
   *
   * @param bounds upper bounds of its buckets
   */
  public Timer timer(String name, List<Duration> bounds, String... labels) {
    return Timer.builder(name)
        .description(catalogue.get(name).getDescription())
        .serviceLevelObjectives(bounds.toArray(Duration[]::new))
        .tags(common.and(labels))
        .register(registry);
  }

  /**
   * Returns a distribution.
   *
   * @param bounds upper bounds of its buckets
   */
  public DistributionSummary summary(String name, List<Double> bounds, String... labels) {
    Meter.Id meter = catalogue.get(name);
    return DistributionSummary.builder(name)
        .description(meter.getDescription())
        .baseUnit(meter.getBaseUnit())
        .serviceLevelObjectives(bounds.stream().mapToDouble(Double::doubleValue).toArray())
        .tags(common.and(labels))
        .register(registry);
  }
}
