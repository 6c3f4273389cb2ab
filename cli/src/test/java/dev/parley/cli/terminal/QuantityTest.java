package dev.parley.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class QuantityTest {

  @Test
  void bytesAreScaledByThousands() {
    assertThat(Quantity.bytes(0)).isEqualTo("0 B");
    assertThat(Quantity.bytes(999)).isEqualTo("999 B");
    assertThat(Quantity.bytes(1_000)).isEqualTo("1.0 kB");
    assertThat(Quantity.bytes(538_090_408)).isEqualTo("538 MB");
    assertThat(Quantity.bytes(1_234_567_890)).isEqualTo("1.2 GB");
    assertThat(Quantity.bytes(999_999)).isEqualTo("1.0 MB");
  }

  @Test
  void thingsAreCountedInWordsThatFit() {
    assertThat(Quantity.of(1, "row")).isEqualTo("1 row");
    assertThat(Quantity.of(0, "row")).isEqualTo("0 rows");
    assertThat(Quantity.of(1_234, "row")).isEqualTo("1,234 rows");
  }

  @Test
  void durationsShowTheirTwoLargestUnits() {
    assertThat(Quantity.duration(Duration.ofSeconds(8))).isEqualTo("8s");
    assertThat(Quantity.duration(Duration.ofSeconds(185))).isEqualTo("3m 05s");
    assertThat(Quantity.duration(Duration.ofMinutes(127))).isEqualTo("2h 07m");
    assertThat(Quantity.duration(Duration.ofHours(76))).isEqualTo("3d 04h");
    assertThat(Quantity.duration(Duration.ofSeconds(-3))).isEqualTo("0s");
  }

  @Test
  void measuredValuesStayShort() {
    assertThat(Quantity.measured(0)).isEqualTo("0.0000");
    assertThat(Quantity.measured(0.01234)).isEqualTo("0.0123");
    assertThat(Quantity.measured(-4.567)).isEqualTo("-4.57");
    assertThat(Quantity.measured(123.45)).isEqualTo("123.5");
    assertThat(Quantity.measured(1.2e-7)).isEqualTo("1.2e-07");
    assertThat(Quantity.measured(3.1e6)).isEqualTo("3.1e+06");
    assertThat(Quantity.measured(Double.NaN)).isEqualTo("NaN");
  }

  @Test
  void countsAndShares() {
    assertThat(Quantity.count(12_345)).isEqualTo("12.3k");
    assertThat(Quantity.count(850)).isEqualTo("850");
    assertThat(Quantity.exact(1_234_567)).isEqualTo("1,234,567");
    assertThat(Quantity.percent(0.5123)).isEqualTo("51.2%");
  }
}
