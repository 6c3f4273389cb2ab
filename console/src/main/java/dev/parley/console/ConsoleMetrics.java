package dev.parley.console;

import dev.parley.console.outbox.Outbox;
import dev.parley.console.verdict.Reply;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All meters of the service; the only class that knows Micrometer. */
@Singleton
public class ConsoleMetrics {

  /** Counter, tag {@value #CHOICE}. Verdicts that were recorded. */
  public static final String VERDICTS = "parley.console.verdicts";

  /** Where the better answer stood on the page, or what else was said. */
  public static final String CHOICE = "choice";

  /** Counter. Verdicts that were taken back. */
  public static final String UNDONE = "parley.console.undone";

  /** Timer. For how long a pair was looked at. */
  public static final String JUDGING = "parley.console.judging";

  /** Gauge. Events that are not sent. */
  public static final String OUTBOX_EVENTS = "parley.console.outbox.events";

  /** Gauge. For how long the oldest event that is due has been due. */
  public static final String OUTBOX_AGE = "parley.console.outbox.age";

  /** Counter. Events that Kafka took. */
  public static final String SENT = "parley.console.events.sent";

  /** Counter. Tries to send an event that failed; it is tried again. */
  public static final String FAILED = "parley.console.events.failed";

  /** Counter. Attempts to sign in with a wrong token. */
  public static final String REFUSED = "parley.console.refused";

  /** Timer, tags {@value #POLICY}, {@value #STATUS}. Calls to policies. */
  public static final String ANSWERS = "parley.console.answers";

  /** The policy's name in the settings. */
  public static final String POLICY = "policy";

  /** What became of a call: ok or failed. */
  public static final String STATUS = "status";

  /** Upper bounds of the buckets of time that people take, seconds. */
  private static final long[] THINKING = {2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600};

  /** Upper bounds of the buckets of calls, milliseconds. */
  private static final long[] LATENCIES = {
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000
  };

  /**
   * Every meter: what it is, its unit, and its labels with their values. The number that a
   * description begins with is the step of the loop: what people prefer is what step 4 scores by.
   */
  private static final Map<String, Meter.Id> METERS =
      Stream.of(
              meter(
                  VERDICTS,
                  Meter.Type.COUNTER,
                  "verdicts",
                  "4: verdicts of people that were recorded",
                  Tag.of(CHOICE, "left, right, same, both_bad, skip, problem")),
              meter(UNDONE, Meter.Type.COUNTER, "verdicts", "4: verdicts that people took back"),
              meter(JUDGING, Meter.Type.TIMER, "seconds", "4: how long a person looked at a pair"),
              meter(
                  OUTBOX_EVENTS,
                  Meter.Type.GAUGE,
                  "events",
                  "4: preferences that Kafka does not have yet, those that can be undone included"),
              meter(
                  OUTBOX_AGE,
                  Meter.Type.GAUGE,
                  "seconds",
                  "4: for how long the oldest preference that is due has been due"),
              meter(SENT, Meter.Type.COUNTER, "events", "4: preferences that Kafka took"),
              meter(
                  FAILED,
                  Meter.Type.COUNTER,
                  "events",
                  "4: tries to send a preference that failed; it is tried again"),
              meter(
                  REFUSED,
                  Meter.Type.COUNTER,
                  "requests",
                  "4: requests and sign-ins with a wrong token"),
              meter(
                  ANSWERS,
                  Meter.Type.TIMER,
                  "seconds",
                  "4: answers that policies were asked for, to be compared",
                  Tag.of(POLICY, "its name in the settings"),
                  Tag.of(STATUS, "ok, failed")))
          .collect(
              Collectors.toMap(
                  Meter.Id::getName, id -> id, (one, other) -> one, LinkedHashMap::new));

  private final MeterRegistry registry;
  private final Counter undone;
  private final Timer judging;
  private final Counter sent;
  private final Counter failed;
  private final Counter refused;
  private volatile Outbox.Depth depth = new Outbox.Depth(0, 0);

  /** Registers the meters. */
  public ConsoleMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.undone = counter(UNDONE);
    this.judging = timer(JUDGING, Arrays.stream(THINKING).mapToObj(Duration::ofSeconds));
    this.sent = counter(SENT);
    this.failed = counter(FAILED);
    this.refused = counter(REFUSED);
    // A counter that is first seen when it counts has no rate at that moment: 0 comes first.
    for (Reply.Button button : Reply.Button.values()) {
      counter(VERDICTS, CHOICE, name(button));
    }
    gauge(OUTBOX_EVENTS, now -> now.depth.events());
    gauge(OUTBOX_AGE, now -> now.depth.ageSeconds());
  }

  /** Returns every meter that the service may have, its labels' values in words. */
  public static List<Meter.Id> catalogue() {
    return List.copyOf(METERS.values());
  }

  private static Meter.Id meter(
      String name, Meter.Type type, String unit, String description, Tag... labels) {
    return new Meter.Id(name, Tags.of(labels), unit, description, type);
  }

  private Counter counter(String name, String... labels) {
    Meter.Id meter = METERS.get(name);
    return Counter.builder(name)
        .description(meter.getDescription())
        .baseUnit(meter.getBaseUnit())
        .tags(labels)
        .register(registry);
  }

  private Timer timer(String name, Stream<Duration> bounds, String... labels) {
    return Timer.builder(name)
        .description(METERS.get(name).getDescription())
        .serviceLevelObjectives(bounds.toArray(Duration[]::new))
        .tags(labels)
        .register(registry);
  }

  private void gauge(String name, ToDoubleFunction<ConsoleMetrics> value) {
    Meter.Id meter = METERS.get(name);
    Gauge.builder(name, this, value)
        .description(meter.getDescription())
        .baseUnit(meter.getBaseUnit())
        .register(registry);
  }

  private static String name(Reply.Button button) {
    return button.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Counts a verdict that was recorded.
   *
   * @param button which was pressed
   * @param seconds for which the pair was looked at
   */
  public void recorded(Reply.Button button, double seconds) {
    counter(VERDICTS, CHOICE, name(button)).increment();
    judging.record((long) (seconds * 1000), TimeUnit.MILLISECONDS);
  }

  /** Counts a verdict that was taken back. */
  public void undone() {
    undone.increment();
  }

  /** Counts a wrong token. */
  public void refused() {
    refused.increment();
  }

  /** Counts events that arrived, and tries that failed. */
  public void sent(int arrived, int failures) {
    sent.increment(arrived);
    failed.increment(failures);
  }

  /** Reports how much waits. */
  public void outbox(Outbox.Depth now) {
    depth = now;
  }

  /** Counts a call to a policy. */
  public void asked(String policy, boolean answered, long nanos) {
    timer(
            ANSWERS,
            Arrays.stream(LATENCIES).mapToObj(Duration::ofMillis),
            POLICY,
            policy,
            STATUS,
            answered ? "ok" : "failed")
        .record(nanos, TimeUnit.NANOSECONDS);
  }
}
