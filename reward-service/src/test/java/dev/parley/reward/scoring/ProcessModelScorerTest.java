package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.ofType;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.text.ChatMessage;
import dev.parley.model.text.Tokenizer;
import dev.parley.model.torchscript.EngineOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessModelScorerTest {

  private static final double TOLERANCE = 1e-5;
  private static final String PROMPT = "<|im_start|>user\nHow?<|im_end|>\n<|im_start|>assistant\n";

  @TempDir private Path parent;
  private Path directory;
  private final List<Scorer> scorers = new ArrayList<>();

  @BeforeEach
  void model() throws IOException {
    directory = TinyModel.writeReward(parent.resolve("model"), 1);
    Files.writeString(
        directory.resolve("reward_model.json"),
        "{\"score_mean\": 0, \"score_std\": 1, \"step_separator\": \"\\n\"}");
  }

  @AfterEach
  void close() {
    scorers.forEach(Scorer::close);
  }

  private Scorer loaded(String type, String... settings) {
    List<String> all = new ArrayList<>(List.of("directory", directory.toString()));
    all.addAll(List.of(settings));
    Scorer scorer = ofType(type, all.toArray(new String[0]));
    scorers.add(scorer);
    scorer.load();
    return scorer;
  }

  private static Verdict judge(Scorer scorer, String answer) {
    return scorer.score(List.of(Item.of(new Content.Texts("How?", answer)))).get(0);
  }

  /** The probability that the model gives the end of a text, written out by hand. */
  private double probability(String text) {
    try (Tokenizer tokenizer = Tokenizer.open(directory);
        LanguageModel model = LanguageModel.open(directory, EngineOptions.CPU)) {
      int[] ids = tokenizer.encode(text, false).ids();
      return 1 / (1 + Math.exp(-model.finalScalars(TokenBatch.of(List.of(ids)))[0]));
    }
  }

  @Test
  void everyStepIsScoredAtItsLastTokenAndTheProductCounts() {
    double first = probability(PROMPT + "One.\n");
    double second = probability(PROMPT + "One.\nTwo.\n");
    Scorer scorer = loaded("process-model");
    Verdict verdict = judge(scorer, " One.\n\nTwo. ");
    assertThat(verdict.value()).isCloseTo(first * second, within(TOLERANCE));
    assertThat(verdict.components().keySet()).containsExactlyElementsOf(scorer.components());
    assertThat(verdict.components())
        .containsEntry("steps", 2.0)
        .containsEntry("first_wrong", first < 0.5 ? 0.0 : second < 0.5 ? 1.0 : -1.0);
    assertThat(judge(loaded("process-model", "aggregate", "min"), "One.\nTwo.").value())
        .isCloseTo(Math.min(first, second), within(TOLERANCE));
    assertThat(judge(loaded("process-model", "aggregate", "last"), "One.\nTwo.").value())
        .isCloseTo(second, within(TOLERANCE));
    assertThat(judge(loaded("process-model", "aggregate", "mean"), "One.\nTwo.").value())
        .isCloseTo((first + second) / 2, within(TOLERANCE));
  }

  @Test
  void everyItemGetsTheScoreThatItWouldGetAlone() {
    Scorer scorer = loaded("process-model", "batch-tokens", "200");
    List<String> answers = List.of("a", "b\nc\nd", "ee\nf", "g\nh", "i\nj\nk\nl");
    List<Verdict> together =
        scorer.score(answers.stream().map(a -> Item.of(new Content.Texts("How?", a))).toList());
    for (int i = 0; i < answers.size(); i++) {
      assertThat(together.get(i).value())
          .isCloseTo(judge(scorer, answers.get(i)).value(), within(TOLERANCE));
    }
  }

  @Test
  void stepsMayBeCutOtherwiseThanTheModelLearntThem() {
    Verdict verdict = judge(loaded("process-model", "separator", "blank-line"), "a\nb\n\nc");
    assertThat(verdict.components()).containsEntry("steps", 2.0);
    assertThat(verdict.components().get("last"))
        .isCloseTo(probability(PROMPT + "a\nb\n\nc\n\n"), within(TOLERANCE));
  }

  @Test
  void whatHasNoStepsFailsByItself() {
    Scorer scorer = loaded("process-model");
    assertThat(judge(scorer, " \n").error()).startsWith("the answer is empty");
    assertThat(scorer.score(List.of(Item.of(new Content.Tokens(new int[] {1})))).get(0).error())
        .contains("reads the answer's text, but the item holds tokens");
    Content question = new Content.Dialogue(List.of(new ChatMessage("user", "How?")));
    assertThat(scorer.score(List.of(Item.of(question))).get(0).error())
        .contains("expected that the last of several turns is the assistant's");
    assertThat(judge(scorer, "x".repeat(300)).error())
        .contains("tokens are more than the 256 that the process reward model reads");
  }

  @Test
  void aProcessRewardModelIsNotServedAsOneOfWholeAnswersNorTheReverse() throws IOException {
    assertThatThrownBy(() -> loaded("model"))
        .hasMessageContaining("holds a process reward model; set type=process-model");
    Files.delete(directory.resolve("reward_model.json"));
    assertThatThrownBy(() -> loaded("process-model"))
        .hasMessageContaining("does not say what stands between steps")
        .hasMessageContaining("set separator to line or blank-line");
  }
}
