package dev.parley.trainer.recipe.kto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.TinyModel;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.Heard;
import dev.parley.trainer.toy.ToyFiles;
import dev.parley.trainer.toy.ToyRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KtoRecipeTest {

  @TempDir private static Path shared;
  private static Path model;
  private static Path answers;
  private static Path pairs;

  @TempDir private Path directory;

  /** Each answer alone: 64 good ones, and 32 bad ones to other questions. */
  @BeforeAll
  static void files() {
    model = TinyModel.write(shared.resolve("model"), 1);
    List<Map<String, ?>> words = ToyFiles.pairsOfWords(96, 7);
    List<Map<String, ?>> verdicts = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      boolean good = i % 3 > 0;
      String answer = (String) words.get(i).get(good ? "chosen" : "rejected");
      verdicts.add(ToyFiles.verdict((String) words.get(i).get("prompt"), answer, good));
    }
    answers = ToyFiles.write(shared.resolve("answers.jsonl"), verdicts);
    pairs = ToyFiles.write(shared.resolve("pairs.jsonl"), words);
  }

  private static ToyRun<KtoConfig> run(Path path) {
    return new ToyRun<>(
        new KtoRecipe(),
        path,
        List.of(
            "run.id=kto",
            "model.path=" + model,
            "data.files=" + answers,
            "data.held-out=0.3",
            "optimizer.learning-rate=3e-3",
            "kto.batch-size=16",
            "kto.undesirable-weight=2",
            "checkpoint.every=0"));
  }

  private ToyRun<KtoConfig> run() {
    return run(directory.resolve("run"));
  }

  @Test
  void goodAnswersNeverSeenEarnMoreThanBadOnes() {
    Heard heard = run().with("kto.epochs=12", "kto.evaluate-every=1").run().heard();
    long last = heard.lastUpdate();
    assertThat(heard.metric(last, "eval_rewards/margins"))
        .isGreaterThan(0.2)
        .isGreaterThan(heard.metric(1, "eval_rewards/margins"));
    assertThat(heard.metric(last, "eval_loss")).isLessThan(heard.metric(1, "eval_loss"));
  }

  /** Policy and reference are one, so every gain is 0 and every σ is ½. */
  @Test
  void theFirstLossIsHalfTheMeanWeight() {
    Heard heard = run().with("data.held-out=0", "kto.batch-size=96").run().heard();
    assertThat(heard.metric(1, "loss")).isCloseTo(0.5 * (64 * 1 + 32 * 2) / 96, within(1e-4));
    assertThat(heard.metric(1, "count/chosen")).isEqualTo(64);
    assertThat(heard.metric(1, "count/rejected")).isEqualTo(32);
    assertThat(heard.metric(1, "kl")).isCloseTo(0, within(1e-3));
    assertThat(heard.metric(1, "rewards/margins")).isCloseTo(0, within(1e-4));
  }

  @Test
  void theDistanceToTheReferenceIsMeasuredOnAnswersToOtherPrompts() {
    Path other = TinyModel.write(directory.resolve("other"), 2);
    String[] settings = {"data.held-out=0", "kto.batch-size=96", "reference.path=" + other};
    Heard measured = run(directory.resolve("measured")).with(settings).run().heard();
    Heard zero =
        run(directory.resolve("zero")).with(settings).with("kto.origin=zero").run().heard();
    // Of two random models, log π − log π_ref of random answers is 0 only by chance.
    assertThat(zero.metric(1, "kl")).isZero();
    assertThat(measured.metric(1, "kl")).isNotNegative();
    assertThat(measured.metric(1, "rewards/chosen")).isEqualTo(zero.metric(1, "rewards/chosen"));
    if (measured.metric(1, "kl") > 0.1) {
      assertThat(measured.metric(1, "loss")).isNotEqualTo(zero.metric(1, "loss"));
    }
  }

  @Test
  void aPairIsAGoodAnswerAndABadOne() {
    Plan plan = run().with("data.files=" + pairs, "data.held-out=0").plan();
    assertThat(plan.lines())
        .contains(
            new Plan.Line("answers", "192 to learn, 0 held out"),
            new Plan.Line("good", "96 of 192 to learn"),
            new Plan.Line("reference", model.toString()));
  }

  @ParameterizedTest
  @CsvSource({"true, 0.75", "false, 1"})
  void aJudgesConfidenceIsASoftLabelUnlessItIsSwitchedOff(boolean use, double p) {
    Path doubted =
        ToyFiles.write(
            directory.resolve("doubted.jsonl"),
            List.of(ToyFiles.pair("say it", "yes", "never", 0.75)));
    Path other = TinyModel.write(directory.resolve("other"), 2);
    Heard heard =
        run()
            .with("data.files=" + doubted, "data.held-out=0", "reference.path=" + other)
            .with("kto.origin=zero", "kto.beta=0.5", "kto.batch-size=2")
            .with("kto.use-confidence=" + use)
            .run()
            .heard();
    double good = sigmoid(heard.metric(1, "rewards/chosen"));
    double bad = sigmoid(heard.metric(1, "rewards/rejected"));
    assertThat(heard.metric(1, "loss"))
        .isCloseTo(
            (p * (1 - good) + (1 - p) * good + 2 * (p * bad + (1 - p) * (1 - bad))) / 2,
            within(1e-4));
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Test
  void aRunThatWasStoppedAndGoesOnEndsWithTheSameBytes() {
    String[] settings = {"kto.epochs=2", "checkpoint.every=2", "checkpoint.keep=10"};
    ToyRun<KtoConfig> unbroken = run(directory.resolve("unbroken")).with(settings);
    unbroken.run();
    ToyRun<KtoConfig> broken = run(directory.resolve("broken")).with(settings);
    assertThat(broken.stopAfter(3).complete()).isFalse();
    assertThat(broken.resumed().run().heard().updates()).startsWith(4L);
    assertThat(Bytes.of(broken.directory().model()))
        .isEqualTo(Bytes.of(unbroken.directory().model()));
  }
}
