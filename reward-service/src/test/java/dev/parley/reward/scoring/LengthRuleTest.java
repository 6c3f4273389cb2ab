package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.judge;
import static dev.parley.reward.scoring.Configured.ofType;
import static dev.parley.reward.scoring.Configured.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LengthRuleTest {

  @Test
  void theTargetCostsNothingAndEveryCharacterAwayFromItThePenalty() {
    Scorer scorer = ofType("length", "unit", "characters", "target", "4", "penalty", "0.5");
    assertThat(value(scorer, "four")).isEqualTo(0);
    assertThat(value(scorer, "threes")).isEqualTo(-1);
    assertThat(value(scorer, "to")).isEqualTo(-1);
    assertThat(value(scorer, "")).isEqualTo(-2);
  }

  @Test
  void insideTheBandNothingIsLost() {
    Scorer scorer =
        ofType("length", "unit", "words", "shortest", "2", "longest", "3", "penalty", "1");
    assertThat(value(scorer, "two words")).isEqualTo(0);
    assertThat(value(scorer, "  three \n little words ")).isEqualTo(0);
    assertThat(value(scorer, "one")).isEqualTo(-1);
    assertThat(value(scorer, "a b c d e")).isEqualTo(-2);
  }

  @Test
  void aBandMayBeOpenAtEitherEnd() {
    Scorer atLeast = ofType("length", "unit", "words", "shortest", "2", "penalty", "1");
    assertThat(value(atLeast, "many many many many words")).isEqualTo(0);
    Scorer atMost = ofType("length", "unit", "words", "longest", "2", "penalty", "1");
    assertThat(value(atMost, "")).isEqualTo(0);
  }

  @Test
  void thePenaltyEndsAtTheLowestValue() {
    Scorer scorer =
        ofType("length", "unit", "characters", "target", "1", "penalty", "1", "lowest", "-3");
    assertThat(value(scorer, "a very long answer")).isEqualTo(-3);
  }

  @Test
  void aCharacterBeyondTheBasicPlaneIsOne() {
    Scorer scorer = ofType("length", "unit", "characters", "target", "2", "penalty", "1");
    assertThat(value(scorer, "😀é")).isEqualTo(0);
  }

  @Test
  void theLengthIsAComponent() {
    Scorer scorer = ofType("length", "unit", "words", "target", "2", "penalty", "1");
    assertThat(scorer.components()).containsExactly("length");
    assertThat(judge(scorer, "a b c").components()).containsOnlyKeys("length").containsValue(3.0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "meters|1|||1||own.unit is \"meters\", expected characters or words",
        "words||||1||expected either parley.reward.scorers.own.target, or",
        "words|1|1||1||expected either parley.reward.scorers.own.target, or",
        "words||3|2|1||own.shortest is \"3\", expected at most longest, which is 2",
        "words|1||||| own.penalty is not set, expected how much each unit",
        "words|1|||0||own.penalty is \"0.0\", expected more than 0",
        "words|1|||1|1|own.lowest is \"1.0\", expected less than 0",
        "words|-1|||1||own.target is \"-1\", expected at least 1",
      })
  void aWrongSettingIsNamed(
      String unit,
      String target,
      String shortest,
      String longest,
      String penalty,
      String lowest,
      String message) {
    assertThatThrownBy(
            () ->
                ofType(
                    "length",
                    "unit",
                    unit,
                    "target",
                    orEmpty(target),
                    "shortest",
                    orEmpty(shortest),
                    "longest",
                    orEmpty(longest),
                    "penalty",
                    orEmpty(penalty),
                    "lowest",
                    orEmpty(lowest)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }
}
