package dev.parley.trainer.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IntervalTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "[1, ∞); 1; true",
        "[1, ∞); 0.999; false",
        "(0, ∞); 0; false",
        "(0, ∞); 1e-300; true",
        "[0, 1); 0; true",
        "[0, 1); 1; false",
        "(0, 1]; 0; false",
        "(0, 1]; 1; true",
        "[-2.5, 2.5]; -2.5; true",
        "[-2.5, 2.5]; 2.6; false",
        "0 | (1, ∞); 0; true",
        "0 | (1, ∞); 0.5; false",
        "0 | (1, ∞); 1; false",
        "0 | (1, ∞); 1.5; true",
        "[0, ∞); Infinity; false",
        "[0, ∞); NaN; false"
      })
  void boundsBelongToItAsTheBracketsSay(String interval, double number, boolean expected) {
    assertThat(Interval.parse(interval).contains(number)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "[1, ∞); at least 1",
        "(0, ∞); above 0",
        "[0, 1]; from 0 to 1",
        "[0, 1); from 0 to below 1",
        "(0, 1]; above 0, at most 1",
        "(0, 1); above 0, below 1",
        "0 | (1, ∞); 0 or above 1",
        "[0.5, 100]; from 0.5 to 100"
      })
  void itReadsAsWords(String interval, String words) {
    assertThat(Interval.parse(interval)).hasToString(words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1, 2", "[1 2]", "[a, b]", "[1, 2", "1 | [2, 3]"})
  void anotherFormIsAnErrorThatShowsTheRightOne(String text) {
    assertThatThrownBy(() -> Interval.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[0, 1)");
  }

  @Test
  void anIntervalNeedsRoomBetweenItsBounds() {
    assertThatThrownBy(() -> Interval.parse("[2, 1]"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2.0 to 1.0");
  }
}
