package dev.parley.bench.own;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArrivalTest {

  @Test
  void theSameSeedGivesTheSameRequestsAndAnotherDoesNot() {
    List<Arrival> requests = Arrival.draw(64, 0.02, 8, 256, 5);

    assertThat(Arrival.draw(64, 0.02, 8, 256, 5)).isEqualTo(requests);
    assertThat(Arrival.draw(64, 0.02, 8, 256, 6)).isNotEqualTo(requests);
  }

  @Test
  void requestsComeInOrderFromTimeZeroAndWantLengthsWithinTheRange() {
    List<Arrival> requests = Arrival.draw(1000, 0.02, 8, 256, 5);

    assertThat(requests.get(0).seconds()).isZero();
    assertThat(requests).isSortedAccordingTo(Comparator.comparingDouble(Arrival::seconds));
    assertThat(requests).extracting(Arrival::newTokens).allMatch(n -> n >= 8 && n <= 256);
  }

  @Test
  void gapsHaveTheMeanThatWasAskedFor() {
    List<Arrival> requests = Arrival.draw(10_001, 0.02, 8, 256, 5);

    assertThat(requests.get(10_000).seconds() / 10_000).isCloseTo(0.02, within(0.001));
  }

  @Test
  void halfOfTheLengthsLieBelowTheGeometricMeanOfTheRange() {
    List<Arrival> requests = Arrival.draw(10_000, 0.02, 8, 256, 5);

    double mean = Math.sqrt(8.0 * 256);
    assertThat(requests.stream().filter(r -> r.newTokens() < mean).count() / 10_000.0)
        .isCloseTo(0.5, within(0.02));
  }

  @Test
  void thoseWaitWhichHaveComeAndNotJoined() {
    List<Arrival> requests =
        List.of(new Arrival(0, 8), new Arrival(1, 8), new Arrival(2, 8), new Arrival(4, 8));

    assertThat(Arrival.waiting(requests, 1, 3)).isEqualTo(2);
    assertThat(Arrival.waiting(requests, 3, 3)).isZero();
    assertThat(Arrival.waiting(requests, 4, 9)).isZero();
  }
}
