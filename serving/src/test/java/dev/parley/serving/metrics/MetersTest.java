package dev.parley.serving.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MetersTest {

  private static final MeterCatalogue CATALOGUE =
      MeterCatalogue.of(
          MeterCatalogue.counter("tea.cups", "cups", "cups", Tag.of("kind", "green, black")),
          MeterCatalogue.counter("tea.leaves", "leaves", "leaves"),
          MeterCatalogue.gauge("tea.left", "cups", "what is left in the pot"),
          MeterCatalogue.summary("tea.sips", null, "sips of a cup"),
          MeterCatalogue.timer("tea.brewing", "from water to tea"));

  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final Meters meters = CATALOGUE.in(registry, Tags.of("house", "ours"));

  @Test
  void aMeterHasWhatTheCatalogueSaysAndTheCommonLabels() {
    meters.counter("tea.cups", "kind", "green").increment(2);
    Counter counter = registry.get("tea.cups").tags("house", "ours", "kind", "green").counter();
    assertThat(counter.count()).isEqualTo(2);
    assertThat(counter.getId().getBaseUnit()).isEqualTo("cups");
    assertThat(counter.getId().getDescription()).isEqualTo("cups");
  }

  @Test
  void aMeterThatIsThereIsReturned() {
    assertThat(meters.timer("tea.brewing")).isSameAs(meters.timer("tea.brewing"));
  }

  @Test
  void numbersOfOthersAreReadWhenTheyAreAskedFor() {
    AtomicInteger number = new AtomicInteger(3);
    meters.gauge("tea.left", number::get);
    meters.counted("tea.leaves", number::get);
    number.set(5);
    assertThat(registry.get("tea.left").gauge().value()).isEqualTo(5);
    assertThat(registry.get("tea.leaves").functionCounter().count()).isEqualTo(5);
  }

  @Test
  void bucketsEndWhereTheyShould() {
    meters.summary("tea.sips", Buckets.powersOfTwo(8)).record(3);
    assertThat(registry.get("tea.sips").summary().takeSnapshot().histogramCounts())
        .extracting(bucket -> bucket.bucket())
        .containsExactly(1.0, 2.0, 4.0, 8.0);
    meters.timer("tea.brewing", Buckets.seconds(60, 120)).record(Duration.ofSeconds(90));
    assertThat(registry.get("tea.brewing").timer().takeSnapshot().histogramCounts())
        .extracting(bucket -> bucket.bucket(TimeUnit.SECONDS))
        .containsExactly(60.0, 120.0);
  }

  @Test
  void aMeterThatIsNotInTheCatalogueIsNotMade() {
    assertThatThrownBy(() -> meters.counter("tea.pots"))
        .hasMessage("tea.pots is not in the list of the service's meters");
  }

  @Test
  void twoMetersOfOneNameAreAMistake() {
    assertThatThrownBy(
            () ->
                MeterCatalogue.of(
                    MeterCatalogue.timer("tea.brewing", "one"),
                    MeterCatalogue.timer("tea.brewing", "other")))
        .hasMessage("tea.brewing is there twice");
  }
}
