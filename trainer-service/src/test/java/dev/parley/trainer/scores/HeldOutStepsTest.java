package dev.parley.trainer.scores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldOutStepsTest {

  private static HeldOutSteps steps(float[] scores, double... labels) {
    return new HeldOutSteps(scores, labels, "\n");
  }

  @Test
  void accuracyIsTheShareOnTheRightSideOfOneHalf() {
    assertThat(steps(new float[] {2, -1, 3, 0}, 1, 0, 0, 1).accuracy()).isEqualTo(2.5 / 4);
  }

  @Test
  void theAreaUnderTheCurveIsTheShareOfPairsInOrder() {
    Random random = new Random(3);
    float[] scores = new float[60];
    double[] labels = new double[60];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = random.nextInt(8); // with ties
      labels[i] = random.nextInt(2);
    }
    double ordered = 0;
    double pairs = 0;
    for (int i = 0; i < scores.length; i++) {
      for (int j = 0; j < scores.length; j++) {
        if (labels[i] == 1 && labels[j] == 0) {
          ordered += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
          pairs++;
        }
      }
    }
    assertThat(steps(scores, labels).areaUnderCurve()).isCloseTo(ordered / pairs, within(1e-12));
    assertThat(steps(new float[] {1, 2}, 1, 1).areaUnderCurve()).isEqualTo(0.5);
  }

  @Test
  void theLossIsTheMeanCrossEntropy() {
    double expected = (Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(-1))) / 2;
    assertThat(steps(new float[] {2, -1}, 1, 0).loss()).isCloseTo(expected, within(1e-6));
  }

  @Test
  void theFileSaysHowStepsAreSeparated(@TempDir Path model) throws IOException {
    steps(new float[] {2, -1, 1}, 1, 0, 1).write(model, true);
    JsonNode figures = new ObjectMapper().readTree(model.resolve("reward_model.json").toFile());
    assertThat(figures.get("step_separator").asText()).isEqualTo("\n");
    assertThat(figures.get("steps").asInt()).isEqualTo(3);
    assertThat(figures.get("held_out_accuracy").asDouble()).isEqualTo(1);
    assertThat(figures.get("held_out_accuracy_interval_95")).hasSize(2);
    assertThat(figures.get("score_std").asDouble()).isPositive();
  }
}
