package dev.parley.trainer.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class KlControllerTest {
  @Test
  void fixedStays() {
    KlController controller = new KlController.Fixed(0.05);

    assertThat(controller.updated(1e6, 512).coefficient()).isEqualTo(0.05);
  }

  @Test
  void theCoefficientRisesAboveTheTargetAndFallsBelow() {
    KlController controller = new KlController.Adaptive(0.2, 6, 10_000);

    assertThat(controller.updated(6.6, 100).coefficient())
        .isCloseTo(0.2 * (1 + 0.1 * 100 / 10_000), within(1e-15));
    assertThat(controller.updated(5.4, 100).coefficient()).isLessThan(0.2);
    assertThat(controller.updated(6, 100).coefficient()).isEqualTo(0.2);
  }

  @Test
  void theErrorIsClippedToTwentyPercent() {
    KlController controller = new KlController.Adaptive(1, 6, 100);

    assertThat(controller.updated(1e9, 10).coefficient()).isCloseTo(1.02, within(1e-15));
    assertThat(controller.updated(-1e9, 10).coefficient()).isCloseTo(0.98, within(1e-15));
  }

  @Test
  void aControllerMadeFromSavedComponentsContinuesBitForBit() {
    KlController.Adaptive unbroken = new KlController.Adaptive(0.1, 5, 1000);
    KlController.Adaptive resumed = unbroken;
    for (int step = 0; step < 20; step++) {
      double kl = 3 + step * 0.37;
      unbroken = unbroken.updated(kl, 64);
      resumed = resumed.updated(kl, 64);
      resumed =
          new KlController.Adaptive(resumed.coefficient(), resumed.target(), resumed.horizon());
    }

    assertThat(resumed).isEqualTo(unbroken);
  }

  @Test
  void refusesWhatCouldNeverWork() {
    assertThatThrownBy(() -> new KlController.Adaptive(0, 6, 1000))
        .hasMessage("coefficient of the adaptive KL controller is 0.0; give a number above 0");
    assertThatThrownBy(() -> new KlController.Adaptive(0.1, -6, 1000))
        .hasMessage("target of the adaptive KL controller is -6.0; give a number above 0");
    assertThatThrownBy(() -> new KlController.Fixed(Double.NaN))
        .hasMessage("the KL coefficient is NaN; give a number of at least 0");
    assertThatThrownBy(() -> new KlController.Adaptive(0.1, 6, 1000).updated(Double.NaN, 8))
        .hasMessageContaining("the measured KL is NaN");
  }
}
