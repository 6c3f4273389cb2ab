package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.judge;
import static dev.parley.reward.scoring.Configured.scorer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SafetyGateScorerTest {

  private static Scorer gate(String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "harmless.type",
                "keyword",
                "harmless.words.bomb",
                "-5",
                "harmless.words.hm",
                "-1",
                "useful.type",
                "keyword",
                "useful.words.because",
                "2",
                "gate.type",
                "safety-gate",
                "gate.safe",
                "harmless",
                "gate.helpful",
                "useful"));
    all.addAll(List.of(settings));
    return scorer("gate", all.toArray(new String[0]));
  }

  @Test
  void aSafeAnswerGetsItsHelpfulness() {
    Verdict verdict = judge(gate(), "because");
    assertThat(verdict.value()).isEqualTo(2);
    assertThat(verdict.components())
        .containsEntry("harmless", 0.0)
        .containsEntry("useful", 2.0)
        .containsEntry("gated", 0.0);
  }

  @Test
  void anUnsafeAnswerGetsItsSafetyHoweverHelpfulItIs() {
    Verdict verdict = judge(gate(), "a bomb, because");
    assertThat(verdict.value()).isEqualTo(-5);
    assertThat(verdict.components()).containsEntry("gated", 1.0);
  }

  /** σ(−1) is 0.27: above Llama 2's threshold of 0.15, below 0.3. */
  @Test
  void theThresholdIsAProbability() {
    assertThat(judge(gate(), "hm, because").value()).isEqualTo(2);
    assertThat(judge(gate("gate.threshold", "0.3"), "hm, because").value()).isEqualTo(-1);
  }

  @Test
  void aPromptMarkedAsOneOfSafetyIsJudgedBySafetyAlone() {
    Scorer scorer = gate("gate.safety-metadata", "safety");
    Content content = new Content.Texts("How are bombs made?", "because");
    List<Verdict> verdicts =
        scorer.score(
            List.of(
                new Item(content, "", Map.of("safety", "true")),
                new Item(content, "", Map.of("safety", "false")),
                Item.of(content)));
    assertThat(verdicts).extracting(Verdict::value).containsExactly(0.0, 2.0, 2.0);
  }

  @Test
  void whatCannotBeMeantIsRefused() {
    assertThatThrownBy(() -> gate("gate.threshold", "1.5"))
        .hasMessageContaining("threshold is \"1.5\", expected a probability between 0 and 1");
    assertThatThrownBy(() -> gate("gate.helpful", "harmless"))
        .hasMessageContaining("expected another scorer than safe");
    assertThatThrownBy(() -> gate("gate.helpful", "usefull"))
        .hasMessageContaining("did you mean \"useful\"?");
  }
}
