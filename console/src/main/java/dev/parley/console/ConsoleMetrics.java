package dev.parley.console;

import static dev.parley.serving.metrics.MeterCatalogue.counter;
import static dev.parley.serving.metrics.MeterCatalogue.gauge;
import static dev.parley.serving.metrics.MeterCatalogue.timer;

import dev.parley.console.outbox.Outbox;
import dev.parley.console.verdict.Reply;
import dev.parley.serving.metrics.Buckets;
import dev.parley.serving.metrics.MeterCatalogue;
import dev.parley.serving.metrics.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

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

  /** Of time that people take. */
  private static final List<Duration> THINKING =
      Buckets.seconds(2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600);

  /** Of calls for whole answers. */
  private static final List<Duration> LATENCIES =
      Buckets.millis(50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000);

  /**
   * Every meter: what it is, its unit, and its labels with their values. The number that a
   * description begins with is the step of the loop: what people prefer is what step 4 scores by.
   */
  private static final MeterCatalogue METERS =
      MeterCatalogue.of(
          counter(
              VERDICTS,
              "verdicts",
              "4: verdicts of people that were recorded",
              Tag.of(CHOICE, "left, right, same, both_bad, skip, problem")),
          counter(UNDONE, "verdicts", "4: verdicts that people took back"),
          timer(JUDGING, "4: how long a person looked at a pair"),
          gauge(
              OUTBOX_EVENTS,
              "events",
              "4: preferences that Kafka does not have yet, those that can be undone included"),
          gauge(
              OUTBOX_AGE,
              "seconds",
              "4: for how long the oldest preference that is due has been due"),
          counter(SENT, "events", "4: preferences that Kafka took"),
          counter(FAILED, "events", "4: tries to send a preference that failed; it is tried again"),
          counter(REFUSED, "requests", "4: requests and sign-ins with a wrong token"),
          timer(
              ANSWERS,
              "4: answers that policies were asked for, to be compared",
              Tag.of(POLICY, "its name in the settings"),
              Tag.of(STATUS, "ok, failed")));

  private final Meters meters;
  private final Counter undone;
  private final Timer judging;
  private final Counter sent;
  private final Counter failed;
  private final Counter refused;
  private volatile Outbox.Depth depth = new Outbox.Depth(0, 0);

  /** Registers the meters. */
  public ConsoleMetrics(MeterRegistry registry) {
    this.meters = METERS.in(registry);
    this.undone = meters.counter(UNDONE);
    this.judging = meters.timer(JUDGING, THINKING);
    this.sent = meters.counter(SENT);
    this.failed = meters.counter(FAILED);
    this.refused = meters.counter(REFUSED);
    // A counter that is first seen when it counts has no rate at that moment: 0 comes first.
    for (Reply.Button button : Reply.Button.values()) {
      meters.counter(VERDICTS, CHOICE, name(button));
    }
    meters.gauge(OUTBOX_EVENTS, () -> depth.events());
    meters.gauge(OUTBOX_AGE, () -> depth.ageSeconds());
  }

  /** Returns every meter that the service may have, its labels' values in words. */
  public static List<Meter.Id> catalogue() {
    return METERS.meters();
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
    meters.counter(VERDICTS, CHOICE, name(button)).increment();
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
    meters
        .timer(ANSWERS, LATENCIES, POLICY, policy, STATUS, answered ? "ok" : "failed")
        .record(nanos, TimeUnit.NANOSECONDS);
  }
}
