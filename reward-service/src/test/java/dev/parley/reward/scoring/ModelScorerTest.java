package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.ofType;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.text.ChatMessage;
import dev.parley.model.text.Tokenizer;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.WeightFiles;
import dev.parley.reward.TinyReward;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelScorerTest {

  private static final double TOLERANCE = 1e-4;
  private static final String DIALOGUE =
      "<|im_start|>user\nHow?<|im_end|>\n<|im_start|>assistant\nSo.<|im_end|>\n";

  @TempDir Path parent;

  private Path directory;
  private final List<Scorer> open = new ArrayList<>();

  @BeforeEach
  void writeModel() {
    directory = TinyModel.writeReward(parent.resolve("reward"), 3);
  }

  @AfterEach
  void closeScorers() {
    open.forEach(Scorer::close);
  }

  private Scorer loaded(String... settings) {
    List<String> all = new ArrayList<>(List.of("directory", directory.toString()));
    all.addAll(List.of(settings));
    Scorer scorer = ofType("model", all.toArray(new String[0]));
    open.add(scorer);
    scorer.load();
    return scorer;
  }

  private static Verdict judge(Scorer scorer, Content content) {
    return scorer.score(List.of(Item.of(content))).get(0);
  }

  private static Content dialogue() {
    return new Content.Dialogue(
        List.of(new ChatMessage("user", "How?"), new ChatMessage("assistant", "So.")));
  }

  /** What the model says about a text alone, written out by hand as its template has it. */
  private double expected(String text) {
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      return expected(tokenizer.encode(text, false).ids());
    }
  }

  private double expected(int[] ids) {
    try (LanguageModel model = LanguageModel.open(directory, EngineOptions.CPU)) {
      return model.finalScalars(TokenBatch.of(List.of(ids)))[0];
    }
  }

  private void writeStatistics(String json) throws IOException {
    Files.writeString(directory.resolve("reward_model.json"), json);
  }

  @Test
  void aConversationIsReadAsTheModelsTemplateWritesIt() {
    Verdict verdict = judge(loaded(), dialogue());
    assertThat(verdict.value()).isCloseTo(expected(DIALOGUE), within(TOLERANCE));
    assertThat(verdict.components())
        .containsEntry("raw", verdict.value())
        .containsEntry("truncated_tokens", 0.0);
  }

  @Test
  void anAdapterScoresAsTheModelThatItMakesOfItsBase() throws IOException {
    Path base = TinyModel.write(parent.resolve("base"), 1);
    Path moved = TinyModel.write(parent.resolve("moved"), 1);
    directory = TinyModel.writeAdapter(parent.resolve("adapter"), base, Heads.SCORE, 4);
    double expected;
    try (LanguageModel plain = TinyModel.create(1);
        LanguageModel reward = TinyModel.adapted(plain, Heads.SCORE, 4)) {
      expected = reward.finalScalars(TokenBatch.of(List.of(new int[] {72, 258, 5})))[0];
    }
    Content tokens = new Content.Tokens(new int[] {72, 258, 5});
    assertThat(judge(loaded(), tokens).value()).isCloseTo(expected, within(TOLERANCE));
    assertThat(judge(loaded(), dialogue()).value()).as("text of the base's template").isFinite();
    Files.delete(base.resolve(WeightFiles.SINGLE_FILE));
    assertThat(judge(loaded("base", moved.toString()), tokens).value())
        .isCloseTo(expected, within(TOLERANCE));
  }

  @Test
  void aPromptAndAResponseAreAConversation() {
    assertThat(judge(loaded(), new Content.Texts("How?", "So.")).value())
        .isCloseTo(expected(DIALOGUE), within(TOLERANCE));
  }

  @Test
  void orPlainTextsThatEndWithTheEndToken() {
    assertThat(judge(loaded("texts", "plain"), new Content.Texts("How?", "So.")).value())
        .isCloseTo(expected("How?So.<|im_end|>"), within(TOLERANCE));
  }

  @Test
  void tokensAreTakenAsTheyAre() {
    int[] ids = {72, 258, 5};
    assertThat(judge(loaded(), new Content.Tokens(ids)).value())
        .isCloseTo(expected(ids), within(TOLERANCE));
  }

  @Test
  void everyItemGetsTheScoreThatItWouldGetAlone() {
    Scorer scorer = loaded("batch-tokens", "64");
    Random random = new Random(2);
    List<int[]> sequences =
        IntStream.range(0, 40)
            .mapToObj(i -> random.ints(1 + random.nextInt(30), 0, 256).toArray())
            .toList();
    List<Verdict> verdicts =
        scorer.score(sequences.stream().map(ids -> Item.of(new Content.Tokens(ids))).toList());
    for (int i = 0; i < sequences.size(); i++) {
      assertThat(verdicts.get(i).value()).isCloseTo(expected(sequences.get(i)), within(TOLERANCE));
    }
  }

  @Test
  void scoresAreNormalisedByMeanAndDeviationOfTheHeldOutScores() throws IOException {
    writeStatistics(
        "{\"score_mean\": 0.5, \"score_std\": 0.25, \"held_out_agreement\": 0.7, \"pairs\": 9}");
    Verdict verdict = judge(loaded(), dialogue());
    double raw = expected(DIALOGUE);
    assertThat(verdict.value()).isCloseTo((raw - 0.5) / 0.25, within(4 * TOLERANCE));
    assertThat(verdict.components().get("raw")).isCloseTo(raw, within(TOLERANCE));
  }

  @Test
  void normalisationCanBeSwitchedOff() throws IOException {
    writeStatistics("{\"score_mean\": 0.5, \"score_std\": 0}");
    assertThat(judge(loaded("normalise", "false"), dialogue()).value())
        .isCloseTo(expected(DIALOGUE), within(TOLERANCE));
  }

  @Test
  void aClippedScoreKeepsItsRawComponent() throws IOException {
    writeStatistics("{\"score_mean\": -100, \"score_std\": 1}");
    Verdict high = judge(loaded("clip", "2.5"), dialogue());
    assertThat(high.value()).isEqualTo(2.5);
    assertThat(high.components().get("raw")).isCloseTo(expected(DIALOGUE), within(TOLERANCE));
    writeStatistics("{\"score_mean\": 100, \"score_std\": 1}");
    assertThat(judge(loaded("clip", "2.5"), dialogue()).value()).isEqualTo(-2.5);
  }

  private static final String TWO_ATTRIBUTES =
      """
      {"attributes": [
          {"attribute": "helpfulness", "score_mean": 0.5, "score_std": 0.25},
          {"attribute": "verbosity", "score_mean": -1, "score_std": 2}], "held_out": true}
      """;

  private float[] twoScores() {
    try (LanguageModel model = LanguageModel.open(directory, EngineOptions.CPU);
        Tokenizer tokenizer = Tokenizer.open(directory)) {
      return model.finalScalars(TokenBatch.of(List.of(tokenizer.encode(DIALOGUE, false).ids())));
    }
  }

  private void writeTwoAttributes() throws IOException {
    directory = TinyModel.writeReward(parent.resolve("attributes"), 4, 2);
    writeStatistics(TWO_ATTRIBUTES);
  }

  @Test
  void ofSeveralAttributesTheValueIsTheirSumByWeight() throws IOException {
    writeTwoAttributes();
    float[] raw = twoScores();
    Scorer scorer = loaded("weights.helpfulness", "0.65", "weights.verbosity", "-0.4");
    Verdict verdict = judge(scorer, dialogue());
    double helpfulness = (raw[0] - 0.5) / 0.25;
    double verbosity = (raw[1] + 1) / 2;
    assertThat(verdict.value())
        .isCloseTo(0.65 * helpfulness - 0.4 * verbosity, within(4 * TOLERANCE));
    assertThat(verdict.components().keySet())
        .containsExactlyElementsOf(scorer.components())
        .containsExactly("helpfulness", "verbosity", "truncated_tokens");
    assertThat(verdict.components().get("verbosity")).isCloseTo(verbosity, within(4 * TOLERANCE));
  }

  @Test
  void anAttributeWithoutAWeightIsToldAndCountsNothing() throws IOException {
    writeTwoAttributes();
    Verdict verdict = judge(loaded("weights.verbosity", "2", "normalise", "false"), dialogue());
    assertThat(verdict.value()).isCloseTo(2 * twoScores()[1], within(TOLERANCE));
    assertThat(verdict.components().get("helpfulness"))
        .isCloseTo(twoScores()[0], within(TOLERANCE));
  }

  @Test
  void answersInABatchKeepTheirOwnAttributes() throws IOException {
    writeTwoAttributes();
    Scorer scorer = loaded("weights.helpfulness", "1");
    List<Item> items =
        List.of(
            Item.of(new Content.Texts("Tea?", "Yes, please, with milk.")),
            Item.of(new Content.Texts("Tea?", "No.")));
    List<Verdict> together = scorer.score(items);
    for (int i = 0; i < items.size(); i++) {
      Verdict alone = scorer.score(List.of(items.get(i))).get(0);
      assertThat(together.get(i).components().get("verbosity"))
          .isCloseTo(alone.components().get("verbosity"), within(TOLERANCE));
      assertThat(together.get(i).value()).isCloseTo(alone.value(), within(4 * TOLERANCE));
    }
  }

  @Test
  void theWeightsArePartOfTheVersion() throws IOException {
    writeTwoAttributes();
    String one = loaded("weights.helpfulness", "1").version();
    assertThat(loaded("weights.helpfulness", "1").version()).isEqualTo(one);
    assertThat(loaded("weights.helpfulness", "2").version()).isNotEqualTo(one);
  }

  @Test
  void weightsOfAttributesMustBeGivenAndBeOfTheModel() throws IOException {
    writeTwoAttributes();
    assertThatThrownBy(this::loaded)
        .hasMessageContaining("own.weights.<name> is not set, expected the weight of an attribute")
        .hasMessageContaining(directory + ": helpfulness, verbosity");
    assertThatThrownBy(() -> loaded("weights.helpfullness", "1"))
        .hasMessageContaining("own.weights.helpfullness weighs an attribute that ")
        .hasMessageContaining("it scores helpfulness, verbosity; did you mean \"helpfulness\"?");
  }

  @Test
  void scoresThatNothingNamesAreRefused() {
    directory = TinyModel.writeReward(parent.resolve("nameless"), 4, 3);
    assertThatThrownBy(this::loaded)
        .hasMessageContaining("gives 3 scores, but its reward_model.json names no attributes;");
  }

  @Test
  void anItemThatIsTooLongFailsByItself() {
    Scorer scorer = loaded("max-tokens", "10");
    List<Verdict> verdicts =
        scorer.score(List.of(Item.of(dialogue()), Item.of(new Content.Tokens(new int[] {1, 2}))));
    assertThat(verdicts.get(0).ok()).isFalse();
    assertThat(verdicts.get(0).error()).contains("are more than the 10 that the reward model");
    assertThat(verdicts.get(1).ok()).isTrue();
  }

  @Test
  void orItLosesItsFirstTokens() {
    Scorer scorer = loaded("max-tokens", "3", "too-long", "truncate-left");
    Verdict verdict = judge(scorer, new Content.Tokens(new int[] {9, 8, 7, 6, 5}));
    assertThat(verdict.value()).isCloseTo(expected(new int[] {7, 6, 5}), within(TOLERANCE));
    assertThat(verdict.components()).containsEntry("truncated_tokens", 2.0);
  }

  @Test
  void aTokenOutsideTheVocabularyFailsItsItem() {
    Verdict verdict = judge(loaded(), new Content.Tokens(new int[] {1, 259}));
    assertThat(verdict.ok()).isFalse();
    assertThat(verdict.error())
        .isEqualTo("token 1 is 259, the reward model's vocabulary has 259 tokens");
  }

  @Test
  void aModelWhoseHeadIsNotANumberFailsEveryItem() {
    TinyReward.spoil(directory, "score.weight", 0, 1);
    List<Verdict> verdicts = loaded().score(List.of(Item.of(dialogue()), Item.of(dialogue())));
    assertThat(verdicts)
        .allSatisfy(
            verdict -> {
              assertThat(verdict.ok()).isFalse();
              assertThat(verdict.error()).isEqualTo("the reward model's score is NaN");
            });
  }

  @Test
  void anItemThatIsNotANumberDoesNotSpoilItsNeighbours() {
    TinyReward.spoil(directory, "model.embed_tokens.weight", 90 * 32, 32);
    int[] bad = new int[20];
    Arrays.fill(bad, 90);
    int[] good = {1, 2, 3};
    List<Verdict> verdicts =
        loaded()
            .score(List.of(Item.of(new Content.Tokens(bad)), Item.of(new Content.Tokens(good))));
    assertThat(verdicts.get(0).ok()).isFalse();
    assertThat(verdicts.get(1).value()).isCloseTo(expected(good), within(TOLERANCE));
  }

  @Test
  void withoutAChatTemplateConversationsFailAndPlainTextsDoNot() throws IOException {
    Path config = directory.resolve("tokenizer_config.json");
    Files.writeString(config, Files.readString(config).replace("chat_template", "no_template"));
    Scorer scorer = loaded("texts", "plain");
    assertThat(judge(scorer, dialogue()).ok()).isFalse();
    assertThat(judge(scorer, dialogue()).error()).contains("has no chat template");
    assertThat(judge(scorer, new Content.Texts("How?", "So.")).ok()).isTrue();
  }

  @Test
  void theVersionIsTheChecksumOfTheWeights() {
    try (WeightFiles files = WeightFiles.open(directory)) {
      assertThat(loaded().version()).isEqualTo(files.digest());
    }
  }

  @Test
  void aLanguageModelIsRefused() {
    directory = TinyModel.write(parent.resolve("language"), 3);
    assertThatThrownBy(this::loaded)
        .hasMessageContaining("LlamaForCausalLM")
        .hasMessageContaining("expected a *ForSequenceClassification model");
  }

  @Test
  void statisticsThatCannotBeUsedAreNamed() throws IOException {
    writeStatistics("{\"score_mean\": 0.5, \"score_std\": 0}");
    assertThatThrownBy(this::loaded)
        .hasMessageContaining("reward_model.json: score_std is 0.0, expected more than 0");
    writeStatistics("{\"score_std\": 1}");
    assertThatThrownBy(this::loaded)
        .hasMessageContaining("score_mean is missing, expected a finite number");
    writeStatistics("{");
    assertThatThrownBy(this::loaded).hasMessageContaining("cannot read");
  }

  @Test
  void aLongerSequenceThanTheModelWasMadeForIsRefused() {
    assertThatThrownBy(() -> loaded("max-tokens", "257"))
        .hasMessage("max-tokens of scorer own is 257, but the model's longest sequence is 256");
  }

  @Test
  void wrongSettingsAreNamedBeforeAnythingIsLoaded() {
    String model = directory.toString();
    assertThatThrownBy(() -> ofType("model"))
        .hasMessageContaining("own.directory is not set, expected a reward model's directory");
    assertThatThrownBy(() -> ofType("model", "directory", "/nowhere"))
        .hasMessageContaining("own.directory is \"/nowhere\", expected a model directory");
    assertThatThrownBy(() -> ofType("model", "directory", model, "device", "tpu"))
        .hasMessageContaining("device is \"tpu\", expected cpu, cuda");
    assertThatThrownBy(() -> ofType("model", "directory", model, "clip", "0"))
        .hasMessageContaining("own.clip is \"0.0\", expected more than 0");
    assertThatThrownBy(() -> ofType("model", "directory", model, "too-long", "cut"))
        .hasMessageContaining("own.too-long is \"cut\", expected fail or truncate-left");
  }
}
