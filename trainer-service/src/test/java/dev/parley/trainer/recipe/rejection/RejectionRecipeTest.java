package dev.parley.trainer.recipe.rejection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.proto.kafka.TestBroker;
import dev.parley.trainer.onpolicy.PolicyRig;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.Heard;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyPolicy;
import dev.parley.trainer.toy.ToyRun;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(SharedBroker.class)
class RejectionRecipeTest {

  @TempDir private static Path shared;
  private static PolicyRig rig;

  @TempDir private Path directory;

  @BeforeAll
  static void rig(TestBroker broker) {
    rig = PolicyRig.make(broker, shared);
  }

  private ToyRun<RejectionConfig> run(String name) {
    return rig.run(new RejectionRecipe(), "rejection", directory.resolve(name));
  }

  @Test
  void theScoreRisesRoundByRoundTowardsThatOfTheBestAnswers() {
    Heard heard =
        rig.finish(
                run("rises")
                    .with(
                        "prompts.per-update=12",
                        "sampling.max-new-tokens=8",
                        "rejection.updates=8",
                        "rejection.epochs=4"))
            .heard();
    List<Double> scores = heard.metric("objective/scores");
    List<Double> best = heard.metric("best_of_n/score");
    assertThat((scores.get(6) + scores.get(7)) / 2).isGreaterThan(scores.get(0) + 0.1);
    assertThat(best.get(0)).isGreaterThan(scores.get(0) + 0.1);
    assertThat(heard.metric("best_of_n/kl_bound"))
        .allSatisfy(bound -> assertThat(bound).isCloseTo(Math.log(4) - 0.75, within(1e-12)));
    assertThat(heard.metric("objective/kl").get(0)).isCloseTo(0, within(1e-4));
    assertThat(heard.metric("objective/kl").get(7)).isGreaterThan(0.05);
    assertThat(heard.metric(1, "loss")).isPositive();
  }

  @Test
  void onlyTheBestShareOfThePromptsIsKept() {
    Heard heard = rig.finish(run("share").with("rejection.keep=0.5")).heard();
    assertThat(heard.metric("best_of_n/kept")).containsOnly(2.0);
  }

  @Test
  void answersBelowTheLeastScoreAreNotLearntFromAndWithoutAnyThePolicyStandsStill() {
    ToyRun<RejectionConfig> run = run("least").with("rejection.least-score=1.5");
    Heard heard = rig.finish(run).heard();
    assertThat(heard.metric("best_of_n/kept")).containsOnly(0.0);
    assertThat(heard.metric("optimizer_steps")).containsOnly(0.0);
    assertThat(heard.metric("objective/kl"))
        .allSatisfy(kl -> assertThat(kl).isCloseTo(0, within(1e-4)));
  }

  @Test
  void aRunThatWasKilledEndsWithTheBytesOfAnUnbrokenOne() {
    ToyRun<RejectionConfig> unbroken = run("unbroken").with("rejection.minibatches=2");
    rig.finish(unbroken);
    ToyRun<RejectionConfig> broken =
        run("broken").with("rejection.minibatches=2", "checkpoint.every=1");
    ToyPolicy policy = rig.policy(broken, PolicyRig::evenShare);
    try (policy) {
      assertThatThrownBy(() -> broken.run(ToyRun.killAfter(2))).isInstanceOf(ToyRun.Killed.class);
      assertThat(broken.resumed().run().complete()).isTrue();
    }
    assertThat(Bytes.of(broken.directory().model()))
        .isEqualTo(Bytes.of(unbroken.directory().model()));
  }
}
