package dev.parley.serving.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Every meter that a service may have: what it is, its unit, and its labels with their values in
 * words. The number that a description begins with is the step of the loop.
 */
public final class MeterCatalogue {

  private final Map<String, Meter.Id> meters;

  private MeterCatalogue(Map<String, Meter.Id> meters) {
    this.meters = meters;
  }

  /**
   * Lists meters.
   *
   * @throws IllegalStateException if two have one name
   */
  public static MeterCatalogue of(Meter.Id... meters) {
    return new MeterCatalogue(
        Arrays.stream(meters)
            .collect(
                Collectors.toMap(
                    Meter.Id::getName,
                    meter -> meter,
                    (one, other) -> {
                      throw new IllegalStateException(one.getName() + " is there twice");
                    },
                    LinkedHashMap::new)));
  }

  /** A counter; without a unit if its description has it. */
  public static Meter.Id counter(String name, String unit, String description, Tag... labels) {
    return new Meter.Id(name, Tags.of(labels), unit, description, Meter.Type.COUNTER);
  }

  /** A gauge; without a unit if it has none, or its description has it. */
  public static Meter.Id gauge(String name, String unit, String description, Tag... labels) {
    return new Meter.Id(name, Tags.of(labels), unit, description, Meter.Type.GAUGE);
  }

  /** A distribution; without a unit if its description has it. */
  public static Meter.Id summary(String name, String unit, String description, Tag... labels) {
    return new Meter.Id(name, Tags.of(labels), unit, description, Meter.Type.DISTRIBUTION_SUMMARY);
  }

  /** A distribution of times. */
  public static Meter.Id timer(String name, String description, Tag... labels) {
    return new Meter.Id(name, Tags.of(labels), "seconds", description, Meter.Type.TIMER);
  }

  /** Returns all meters, in their order. */
  public List<Meter.Id> meters() {
    return List.copyOf(meters.values());
  }

  /** Returns what makes these meters in a registry. */
  public Meters in(MeterRegistry registry) {
    return in(registry, Tags.empty());
  }

  /**
   * Returns what makes these meters in a registry.
   *
   * @param common labels of all
   */
  public Meters in(MeterRegistry registry, Tags common) {
    return new Meters(this, registry, common);
  }

  Meter.Id get(String name) {
    Meter.Id meter = meters.get(name);
    if (meter == null) {
      throw new IllegalArgumentException(name + " is not in the list of the service's meters");
    }
    return meter;
  }
}
