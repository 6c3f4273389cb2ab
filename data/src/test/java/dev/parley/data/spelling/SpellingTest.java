package dev.parley.data.spelling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpellingTest {

  @Test
  void theNearestNameIsFewestLettersAway() {
    assertThat(Spelling.nearest("optimiser.rate", List.of("engine.rate", "optimizer.rate")))
        .isEqualTo("optimizer.rate");
  }

  @Test
  void aNameThatWasBegunAndNotEndedComesFirst() {
    assertThat(Spelling.nearest("reward", List.of("reword", "reward-model")))
        .isEqualTo("reward-model");
  }

  @Test
  void onlyANameThatIsNearIsSuggested() {
    List<String> roles = List.of("user", "assistant", "system");

    assertThat(Spelling.suggestion("User", roles)).isEqualTo("; did you mean \"user\"?");
    assertThat(Spelling.suggestion("asistant", roles)).isEqualTo("; did you mean \"assistant\"?");
    assertThat(Spelling.suggestion("sytsem", roles)).isEqualTo("; did you mean \"system\"?");
    assertThat(Spelling.suggestion("teacher", roles)).isEmpty();
  }
}
