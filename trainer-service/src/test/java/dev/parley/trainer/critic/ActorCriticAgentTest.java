package dev.parley.trainer.critic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import dev.parley.trainer.answers.PerToken;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ActorCriticAgentTest {

  @Test
  void theExplainedVarianceIsOfTheReturns() {
    float[][] values = {{1, 2}, {3}};
    float[][] returns = {{1, 2}, {6}};
    Map<String, Double> told = ActorCriticAgent.foresight(values, returns, PerToken.mask(values));
    // errors 0, 0, 3: variance 2; returns 1, 2, 6: variance 14/3
    assertThat(told.get("critic/vf_explained_var")).isCloseTo(1 - 2 / (14.0 / 3), within(1e-9));
    assertThat(told).contains(entry("critic/values/mean", 2.0), entry("critic/returns/mean", 3.0));
  }
}
