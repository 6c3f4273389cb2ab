package dev.parley.bench.own;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PeakMemoryTest {

  @Test
  void theHighWaterMarkIsReadInKibibytes() {
    assertThat(PeakMemory.of(List.of("VmPeak:\t 9000 kB", "VmHWM:\t    1234 kB", "VmRSS:\t 1 kB")))
        .isEqualTo(1234 * 1024);
  }

  @Test
  void aSystemThatDoesNotSayHasNone() {
    assertThat(PeakMemory.of(List.of("Name:\tjava"))).isZero();
  }
}
