package dev.parley.trainer.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlanTest {

  @Test
  void factsStandUnderEachOther() {
    assertThat(Plan.empty().with("model", "/m").with("updates", 12))
        .hasToString("  model    /m\n  updates  12\n");
  }

  @Test
  void addingAFactMakesAnotherPlan() {
    Plan plan = Plan.empty();
    plan.with("model", "/m");
    assertThat(plan.lines()).isEmpty();
  }
}
