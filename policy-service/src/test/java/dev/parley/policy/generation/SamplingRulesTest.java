package dev.parley.policy.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.generation.SamplingOptions;
import dev.parley.proto.sampling.v1.SamplingParameters;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SamplingRulesTest {

  private final SamplingRules rules = new SamplingRules(50, 1000, Set.of(2, 7));

  private SamplingPlan plan(SamplingParameters.Builder asked) {
    return rules.plan(asked.build(), () -> 99);
  }

  @Test
  void whatIsNotSaidIsPlainSamplingUpToTheLimit() {
    SamplingPlan plan = plan(SamplingParameters.newBuilder());
    assertThat(plan.options()).isEqualTo(new SamplingOptions(1, 0, 1, 50, 0, Set.of(2, 7), 99));
    assertThat(plan.effective())
        .isEqualTo(
            SamplingParameters.newBuilder()
                .setTemperature(1)
                .setTopP(1)
                .setMaxNewTokens(50)
                .setSeed(99)
                .build());
  }

  @Test
  void whatIsSaidIsUsed() {
    SamplingParameters.Builder asked =
        SamplingParameters.newBuilder()
            .setTemperature(0)
            .setTopK(5)
            .setTopP(0.5)
            .setMaxNewTokens(20)
            .setMinNewTokens(3)
            .addStopStrings("stop")
            .addStopTokenIds(11)
            .setSeed(-1);
    SamplingPlan plan = plan(asked);
    assertThat(plan.options())
        .isEqualTo(new SamplingOptions(0, 5, 0.5, 20, 3, Set.of(2, 7, 11), -1));
    assertThat(plan.stopStrings()).containsExactly("stop");
    assertThat(plan.effective()).isEqualTo(asked.build());
  }

  @Test
  void endOfSequenceMayBeIgnored() {
    SamplingPlan plan = plan(SamplingParameters.newBuilder().setIgnoreEndOfSequence(true));
    assertThat(plan.options().stopTokens()).isEmpty();
  }

  @Test
  void moreThanTheVocabularyIsAllOfIt() {
    SamplingPlan plan = plan(SamplingParameters.newBuilder().setTopK(-1));
    assertThat(plan.options().topK()).isEqualTo(1000);
    assertThat(plan.effective().getTopK()).isEqualTo(1000);
  }

  @Test
  void aNumberBeyondThirtyOneBitsIsReadAsUnsigned() {
    assertThatThrownBy(() -> plan(SamplingParameters.newBuilder().setMaxNewTokens(-1)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith("sampling.max_new_tokens is 4294967295, expected at most 50");
  }

  @Test
  void theFirstSampleHasTheSeedOfTheRequestAndTheOthersAreMixed() {
    SamplingPlan plan = plan(SamplingParameters.newBuilder().setSeed(1));
    assertThat(plan.forSample(0).seed()).isEqualTo(1);
    // The first output of SplitMix64 from state 1: the reference implementation's test vector.
    assertThat(plan.forSample(1).seed()).isEqualTo(0x910A2DEC89025CC1L);
  }
}
