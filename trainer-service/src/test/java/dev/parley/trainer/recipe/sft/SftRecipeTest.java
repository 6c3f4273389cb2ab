package dev.parley.trainer.recipe.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.text.ChatMessage;
import dev.parley.model.text.ChatTemplate;
import dev.parley.model.text.Tokenizer;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.ToyFiles;
import dev.parley.trainer.toy.ToyRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SftRecipeTest {

  /** Rows of {@link #echoes}: a letter in, the letter five times out. */
  private static final int ROWS = 24;

  @TempDir private static Path shared;
  private static Path model;
  private static Path echoes;

  @TempDir private Path directory;

  @BeforeAll
  static void files() {
    model = TinyModel.write(shared.resolve("model"), 1);
    List<Map<String, ?>> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      String letter = Character.toString('a' + i);
      rows.add(ToyFiles.demonstration("echo " + letter, letter.repeat(5)));
    }
    echoes = ToyFiles.write(shared.resolve("echoes.jsonl"), rows);
  }

  private static ToyRun<SftConfig> run(Path path, Path data) {
    return new ToyRun<>(
        new SftRecipe(),
        path,
        List.of(
            "run.id=sft",
            "model.path=" + model,
            "data.files=" + data,
            "data.held-out=0",
            "optimizer.learning-rate=1e-2",
            "sft.batch-size=8",
            "checkpoint.every=0"));
  }

  private ToyRun<SftConfig> run(Path data) {
    return run(directory.resolve("run"), data);
  }

  private static LanguageModel open(Path path) {
    return LanguageModel.open(path, EngineOptions.CPU);
  }

  // --- what is learnt ---

  @Test
  void theLossFallsOnWhatCanBeLearnt() {
    ToyRun.Ended ended = run(echoes).with("sft.epochs=15").run();
    List<Double> losses = ended.heard().metric("loss");
    assertThat(ended.complete()).isTrue();
    assertThat(losses).hasSize(45);
    assertThat(losses.get(0)).isGreaterThan(4);
    assertThat(losses.get(44)).isLessThan(1);
  }

  @Test
  void theLossIsTheMeanOverTheAssistantsTokensOfTheBatch() {
    ToyRun.Ended ended = run(echoes).with("sft.batch-size=" + ROWS).run();
    double sum = 0;
    int count = 0;
    try (LanguageModel initial = open(model);
        Tokenizer tokenizer = Tokenizer.open(model)) {
      ChatTemplate template = ChatTemplate.open(model, tokenizer);
      for (int i = 0; i < ROWS; i++) {
        String letter = Character.toString('a' + i);
        List<ChatMessage> question = List.of(new ChatMessage("user", "echo " + letter));
        int[] prompt = template.encodePrompt(question, Map.of());
        int[] answer = tokenizer.encode(letter.repeat(5) + "<|im_end|>", false).ids();
        int[] row = new int[prompt.length + answer.length];
        System.arraycopy(prompt, 0, row, 0, prompt.length);
        System.arraycopy(answer, 0, row, prompt.length, answer.length);
        float[] logProbs = initial.logProbs(TokenBatch.of(List.of(row)), 1).get(0);
        for (int t = prompt.length; t < row.length; t++) {
          sum -= logProbs[t - 1];
          count++;
        }
      }
    }
    assertThat(ended.heard().metric(1, "loss")).isCloseTo(sum / count, within(1e-5));
  }

  @Test
  void whatAUserSaysAfterTheLastAnswerChangesNothingAtAll() {
    Path thanks = trailing("thanks", "Thanks!");
    Path cursing = trailing("cursing", "Oh no..");
    ToyRun<SftConfig> first = run(directory.resolve("first"), thanks).with("sft.epochs=3");
    ToyRun<SftConfig> second = run(directory.resolve("second"), cursing).with("sft.epochs=3");
    assertThat(first.run().heard().metric("loss")).isEqualTo(second.run().heard().metric("loss"));
    assertThat(Bytes.of(first.directory().model())).isEqualTo(Bytes.of(second.directory().model()));
  }

  private Path trailing(String name, String lastTurn) {
    List<Map<String, ?>> rows = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      rows.add(
          Map.of(
              "messages",
              List.of(
                  Map.of("role", "user", "content", "question " + i),
                  Map.of("role", "assistant", "content", "answer " + i),
                  Map.of("role", "user", "content", lastTurn))));
    }
    return ToyFiles.write(directory.resolve(name + ".jsonl"), rows);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 60, 100})
  void theBudgetOfAPassChangesTheLossOnlyByRounding(int budget) {
    double whole = run(directory.resolve("whole"), echoes).run().heard().metric(3, "loss");
    double split =
        run(directory.resolve("split"), echoes)
            .with("engine.micro-batch-tokens=" + budget)
            .run()
            .heard()
            .metric(3, "loss");
    assertThat(split).isCloseTo(whole, within(1e-4));
  }

  @Test
  void aStepThatIsNotFiniteIsSkippedCountedAndWarnedOf() {
    ToyRun.Ended ended =
        run(echoes).with("optimizer.learning-rate=1e30", "optimizer.max-gradient-norm=0").run();
    assertThat(ended.complete()).isTrue();
    assertThat(ended.heard().metric("skipped_steps")).containsExactly(0.0, 1.0, 2.0);
    assertThat(ended.heard().warnings("non_finite_step"))
        .hasSize(2)
        .allMatch(message -> message.contains("was skipped"));
  }

  @Test
  void aModelMayStartFromTheSeedAlone() {
    ToyRun<SftConfig> random = run(echoes).with("model.start=random", "run.seed=5");
    double loss = random.run().heard().metric(1, "loss");
    double again =
        new ToyRun<>(random.recipe(), directory.resolve("again"), random.sets())
            .run()
            .heard()
            .metric(1, "loss");
    double other =
        new ToyRun<>(random.recipe(), directory.resolve("other"), random.sets())
            .with("run.seed=6")
            .run()
            .heard()
            .metric(1, "loss");
    assertThat(again).isEqualTo(loss);
    assertThat(other).isNotEqualTo(loss);
  }

  // --- numbers and files ---

  @Test
  void theFinishedModelLoadsAndIsTheOneOfTheLastCheckpoint() {
    ToyRun<SftConfig> run = run(echoes);
    run.run();
    Path checkpoint = run.directory().checkpoints().resolve("update-000003/policy");
    try (LanguageModel finished = open(run.directory().model());
        LanguageModel last = open(checkpoint);
        LanguageModel initial = open(model)) {
      float[] weights = finished.weights().flat().toFloatArray();
      assertThat(weights).isEqualTo(last.weights().flat().toFloatArray());
      assertThat(weights).isNotEqualTo(initial.weights().flat().toFloatArray());
    }
    assertThat(run.directory().model().resolve("tokenizer.json")).exists();
  }

  @Test
  void theHeldOutLossIsMeasuredWhenAskedForAndAtTheEnd() {
    ToyRun.Ended ended =
        run(echoes)
            .with("data.held-out=0.4", "sft.epochs=3", "sft.batch-size=4", "sft.evaluate-every=2")
            .run();
    long last = ended.heard().lastUpdate();
    for (long update = 1; update <= last; update++) {
      boolean expected = update % 2 == 0 || update == last;
      assertThat(ended.heard().metric(update, "eval_loss") != null)
          .as("update " + update)
          .isEqualTo(expected);
    }
  }

  @Test
  void theHeldOutLossIsTheMeanOverAllTokensOfTheHeldOutRows() {
    ToyRun<SftConfig> run = run(echoes).with("data.held-out=0.4", "engine.micro-batch-tokens=50");
    ToyRun.Ended ended = run.run();
    double sum = 0;
    long count = 0;
    try (TemplateEncoder encoder = TemplateEncoder.open(model);
        LanguageModel finished = open(run.directory().model())) {
      for (LearningSequence row :
          LearningData.demonstrations(
                  SharedSettings.rows(run.config().data(), run.config()), encoder)
              .heldOut()) {
        float[] logProbs = finished.logProbs(TokenBatch.of(List.of(row.tokens())), 1).get(0);
        for (int t = 1; t < row.tokens().length; t++) {
          sum -= row.learnt()[t] ? logProbs[t - 1] : 0;
        }
        count += row.count();
      }
    }
    assertThat(ended.heard().metric(ended.heard().lastUpdate(), "eval_loss"))
        .isCloseTo(sum / count, within(1e-5));
  }

  @Test
  void tokensAndEpochsAddUp() {
    ToyRun.Ended ended = run(echoes).with("sft.epochs=2").run();
    long perEpoch = Long.parseLong(line(run(echoes).plan(), "tokens per epoch"));
    assertThat(ended.heard().metric(6, "num_tokens")).isEqualTo(2.0 * perEpoch);
    assertThat(ended.heard().metric("epoch").get(2)).isEqualTo(1.0);
    assertThat(ended.heard().metric(6, "skipped_steps")).isZero();
  }

  @Test
  void metricsOnDiskAreTheOnesThatListenersHeard() throws IOException {
    ToyRun<SftConfig> run = run(echoes);
    ToyRun.Ended ended = run.run();
    List<String> lines = Files.readAllLines(run.directory().metrics());
    assertThat(lines).hasSize(3);
    JsonNode third = new ObjectMapper().readTree(lines.get(2));
    assertThat(third.get("update").asLong()).isEqualTo(3);
    assertThat(third.get("loss").asDouble()).isEqualTo(ended.heard().metric(3, "loss"));
  }

  // --- the plan ---

  private static String line(Plan plan, String name) {
    return plan.lines().stream()
        .filter(line -> line.name().equals(name))
        .map(Plan.Line::value)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void thePlanSaysWhatTheRunWouldDoAndDoesNothing() {
    ToyRun<SftConfig> run = run(echoes).with("sft.epochs=2", "sft.batch-size=7");
    Plan plan = run.plan();
    assertThat(line(plan, "demonstrations")).isEqualTo("24 to learn, 0 held out");
    assertThat(line(plan, "left out")).isEqualTo("none");
    assertThat(line(plan, "updates")).isEqualTo("7"); // 48 rows, 7 at a time
    try (LanguageModel initial = open(model)) {
      assertThat(line(plan, "model")).contains(initial.weights().parameters() + " parameters");
    }
    assertThat(run.directory().path()).isEmptyDirectory();
    assertThat(run.run().heard().lastUpdate()).isEqualTo(7);
  }

  @Test
  void rowsThatTheModelHasNoRoomForAreLeftOutWithAWarning() {
    List<Map<String, ?>> rows = new ArrayList<>();
    rows.add(ToyFiles.demonstration("short", "yes"));
    rows.add(ToyFiles.demonstration("long", "x".repeat(300))); // the model takes 256 tokens
    Path file = ToyFiles.write(directory.resolve("long.jsonl"), rows);
    ToyRun<SftConfig> run = run(file).with("data.max-tokens=1000");
    assertThat(line(run.plan(), "left out")).startsWith("1 too long");
    assertThat(run.run().heard().warnings("rows_left_out"))
        .containsExactly("rows are left out: 1 too long for max-tokens or the model");
  }

  @Test
  void aBatchLargerThanTheDataIsWarnedOf() {
    String warning =
        "sft.batch-size is 32, but there are only 24 rows to learn: every update holds some of them"
            + " several times. Lower it to at most 24, or bring more";
    ToyRun<SftConfig> run = run(echoes).with("sft.batch-size=32");

    assertThat(line(run.plan(), "warning")).isEqualTo(warning);
    assertThat(run.run().heard().warnings("rows_repeated")).containsExactly(warning);
    assertThat(run(directory.resolve("whole"), echoes).with("sft.batch-size=24").run().heard())
        .satisfies(heard -> assertThat(heard.warnings("rows_repeated")).isEmpty());
  }

  @Test
  void aRewardModelIsRefused() {
    Path reward = TinyModel.writeReward(directory.resolve("reward"), 1);
    assertThatThrownBy(() -> run(echoes).with("model.path=" + reward).run())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reward.toString())
        .hasMessageContaining("predicts no tokens");
  }

  // --- going on ---

  private static ToyRun<SftConfig> twoEpochs(Path path) {
    return run(path, echoes)
        .with(
            "sft.epochs=2",
            "data.held-out=0.2",
            "checkpoint.every=2",
            "checkpoint.keep=10",
            "engine.workers=3");
  }

  @Test
  void aRunThatWasStoppedAndGoesOnEndsWithTheSameBytes() {
    ToyRun<SftConfig> unbroken = twoEpochs(directory.resolve("unbroken"));
    unbroken.run();
    ToyRun<SftConfig> broken = twoEpochs(directory.resolve("broken"));
    ToyRun.Ended stopped = broken.stopAfter(3);
    assertThat(stopped.complete()).isFalse();
    assertThat(stopped.heard().lastUpdate()).isEqualTo(3);
    ToyRun.Ended resumed = broken.resumed().run();
    assertThat(resumed.complete()).isTrue();
    assertThat(resumed.heard().updates()).startsWith(4L);
    assertSameEnd(broken, unbroken, resumed.heard().lastUpdate());
  }

  @Test
  void aRunThatWasKilledAndGoesOnEndsWithTheSameBytes() throws IOException {
    ToyRun<SftConfig> unbroken = twoEpochs(directory.resolve("unbroken"));
    long last = unbroken.run().heard().lastUpdate();
    ToyRun<SftConfig> broken = twoEpochs(directory.resolve("broken"));
    assertThatThrownBy(() -> broken.run(ToyRun.killAfter(3))).isInstanceOf(ToyRun.Killed.class);
    ToyRun.Ended resumed = broken.resumed().run();
    assertThat(resumed.heard().updates()).startsWith(3L);
    assertSameEnd(broken, unbroken, last);
    assertThat(losses(broken)).isEqualTo(losses(unbroken));
  }

  @Test
  void theLossInBfloat16FallsAsInSinglePrecision() {
    String[] settings = {"sft.epochs=20", "optimizer.learning-rate=3e-3"};
    ToyRun<SftConfig> single = run(directory.resolve("single"), echoes).with(settings);
    List<Double> expected = single.run().heard().metric("loss");
    List<Double> actual =
        run(directory.resolve("half"), echoes)
            .with(settings)
            .with("engine.precision=bfloat16")
            .run()
            .heard()
            .metric("loss");
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i)).as("update %s", i + 1).isCloseTo(expected.get(i), within(0.1));
    }
    assertThat(mean(actual)).isCloseTo(mean(expected), within(0.02));
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  @Test
  void aRunInBfloat16ThatWasKilledAndGoesOnEndsWithTheSameBytes() {
    ToyRun<SftConfig> unbroken =
        twoEpochs(directory.resolve("unbroken")).with("engine.precision=bfloat16");
    long last = unbroken.run().heard().lastUpdate();
    ToyRun<SftConfig> broken =
        twoEpochs(directory.resolve("broken")).with("engine.precision=bfloat16");
    assertThatThrownBy(() -> broken.run(ToyRun.killAfter(3))).isInstanceOf(ToyRun.Killed.class);
    broken.resumed().run();
    assertSameEnd(broken, unbroken, last);
  }

  @Test
  void aRunWithFrozenLayersThatWasKilledAndGoesOnEndsWithTheSameBytes() {
    ToyRun<SftConfig> unbroken =
        twoEpochs(directory.resolve("unbroken")).with("model.frozen-layers=1");
    long last = unbroken.run().heard().lastUpdate();
    ToyRun<SftConfig> broken = twoEpochs(directory.resolve("broken")).with("model.frozen-layers=1");
    assertThatThrownBy(() -> broken.run(ToyRun.killAfter(3))).isInstanceOf(ToyRun.Killed.class);
    broken.resumed().run();
    assertSameEnd(broken, unbroken, last);
    try (LanguageModel initial = open(model);
        LanguageModel finished = open(broken.directory().model())) {
      for (String name : initial.weights().names()) {
        boolean frozen = name.contains("embed_tokens") || name.contains("layers.0.");
        assertThat(Arrays.equals(initial.weights().floats(name), finished.weights().floats(name)))
            .as(name)
            .isEqualTo(frozen);
      }
    }
  }

  @Test
  void computingLayersAgainChangesNoByte() {
    ToyRun<SftConfig> kept = run(directory.resolve("kept"), echoes);
    ToyRun<SftConfig> again = run(directory.resolve("again"), echoes).with("engine.recompute=true");
    assertThat(again.run().heard().metric("loss")).isEqualTo(kept.run().heard().metric("loss"));
    assertThat(Bytes.of(again.directory().model())).isEqualTo(Bytes.of(kept.directory().model()));
  }

  private static void assertSameEnd(ToyRun<?> broken, ToyRun<?> unbroken, long update) {
    assertThat(Bytes.of(broken.directory().model()))
        .isEqualTo(Bytes.of(unbroken.directory().model()));
    String newest = "update-%06d".formatted(update);
    assertThat(Bytes.of(broken.directory().checkpoints().resolve(newest)))
        .isEqualTo(Bytes.of(unbroken.directory().checkpoints().resolve(newest)));
  }

  private static List<String> losses(ToyRun<?> run) throws IOException {
    List<String> losses = new ArrayList<>();
    for (String line : Files.readAllLines(run.directory().metrics())) {
      JsonNode numbers = new ObjectMapper().readTree(line);
      losses.add(numbers.get("update") + " " + numbers.get("loss"));
    }
    return losses;
  }

  @Test
  void aRunKilledBeforeItsFirstCheckpointBeginsAnew() {
    ToyRun<SftConfig> broken = run(echoes);
    assertThatThrownBy(() -> broken.run(ToyRun.killAfter(1))).isInstanceOf(ToyRun.Killed.class);
    assertThat(broken.resumed().run().heard().updates()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void aFinishedRunThatIsResumedMakesNoUpdate() {
    ToyRun<SftConfig> run = run(echoes);
    run.run();
    Map<String, String> model = Bytes.of(run.directory().model());
    ToyRun.Ended again = run.resumed().run();
    assertThat(again.complete()).isTrue();
    assertThat(again.heard().updates()).isEmpty();
    assertThat(Bytes.of(run.directory().model())).isEqualTo(model);
  }

  @Test
  void aRunAskedToStopAtItsLastUpdateIsComplete() {
    assertThat(run(echoes).stopAfter(3).complete()).isTrue();
  }
}
