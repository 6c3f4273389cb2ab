package dev.parley.bench.own;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RoundsTest {

  private static final long SECOND = 1_000_000_000L;

  private final AtomicLong clock = new AtomicLong(7 * SECOND);

  private double rate(double seconds, long roundSeconds, long done) {
    return new Rounds(seconds, clock::get)
        .rate(
            () -> {
              clock.addAndGet(roundSeconds * SECOND);
              return done;
            });
  }

  @Test
  void roundsAreRepeatedUntilTheTimeHasGoneBy() {
    assertThat(rate(5, 2, 64)).isEqualTo(32);
    assertThat(clock).hasValue((7 + 6) * SECOND);
  }

  @Test
  void aRoundThatTakesLongerAloneIsEnough() {
    assertThat(rate(5, 8, 64)).isEqualTo(8);
    assertThat(clock).hasValue((7 + 8) * SECOND);
  }
}
