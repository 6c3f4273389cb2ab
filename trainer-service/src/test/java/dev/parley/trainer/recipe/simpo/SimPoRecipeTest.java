package dev.parley.trainer.recipe.simpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.trainer.experience.AnswerPair;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.preference.AnswerLogProbs;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.Heard;
import dev.parley.trainer.toy.ToyFiles;
import dev.parley.trainer.toy.ToyRun;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimPoRecipeTest {

  @TempDir private static Path shared;
  private static Path model;
  private static Path pairs;

  @TempDir private Path directory;

  @BeforeAll
  static void files() {
    model = TinyModel.write(shared.resolve("model"), 1);
    pairs = ToyFiles.write(shared.resolve("pairs.jsonl"), ToyFiles.pairsOfWords(64, 7));
  }

  private static ToyRun<SimPoConfig> run(Path path) {
    return new ToyRun<>(
        new SimPoRecipe(),
        path,
        List.of(
            "run.id=simpo",
            "model.path=" + model,
            "data.files=" + pairs,
            "data.held-out=0.3",
            "optimizer.learning-rate=3e-3",
            "simpo.batch-size=16",
            "checkpoint.every=0"));
  }

  /** What the starting model says of a pair. */
  private record Measured(double chosen, double rejected, int chosenTokens, int rejectedTokens) {}

  private static List<Measured> measured(ToyRun<SimPoConfig> run) {
    try (TemplateEncoder encoder = TemplateEncoder.open(model);
        LanguageModel policy = LanguageModel.open(model, EngineOptions.CPU);
        Accumulation one = new Accumulation(new Accumulation.Settings(1, 1, 1))) {
      List<AnswerPair> all =
          LearningData.answerPairs(SharedSettings.rows(run.config().data(), run.config()), encoder)
              .train();
      return all.stream()
          .map(
              pair -> {
                float[] logProbs = AnswerLogProbs.of(policy, pair.answers(), one);
                return new Measured(
                    logProbs[0], logProbs[1], pair.chosen().count(), pair.rejected().count());
              })
          .toList();
    }
  }

  @Test
  void preferenceAccuracyOnPairsNeverSeenRises() {
    ToyRun<SimPoConfig> run =
        run(directory.resolve("run")).with("simpo.epochs=12", "simpo.evaluate-every=1");
    ToyRun.Ended ended = run.run();
    Heard heard = ended.heard();
    assertThat(ended.complete()).isTrue();
    assertThat(heard.metric(heard.lastUpdate(), "eval_rewards/accuracies"))
        .isGreaterThan(0.7)
        .isGreaterThan(heard.metric(1, "eval_rewards/accuracies"));
    assertThat(heard.metric(heard.lastUpdate(), "eval_rewards/margins"))
        .isGreaterThan(heard.metric(1, "eval_rewards/margins"));
  }

  @ParameterizedTest
  @CsvSource({"simpo, 2, 0.5, 0", "sigmoid, 0.1, 0, 1", "hinge, 0.1, 0, 0.5"})
  void theFirstLossIsTheVariantsPlusImitation(
      String variant, double beta, double gamma, double imitation) {
    ToyRun<SimPoConfig> run =
        run(directory.resolve("run"))
            .with("data.held-out=0", "simpo.batch-size=64", "engine.micro-batch-tokens=600")
            .with("simpo.variant=" + variant, "simpo.beta=" + beta, "simpo.gamma=" + gamma)
            .with("simpo.sft-coefficient=" + imitation);
    double loss = 0;
    double sum = 0;
    double tokens = 0;
    List<Measured> all = measured(run);
    for (Measured pair : all) {
      boolean perToken = variant.equals("simpo");
      double c = pair.chosen() / (perToken ? pair.chosenTokens() : 1);
      double r = pair.rejected() / (perToken ? pair.rejectedTokens() : 1);
      double x = beta * (c - r) - gamma;
      loss +=
          (variant.equals("hinge") ? Math.max(0, 1 - x) : Math.log1p(Math.exp(-x))) / all.size();
      sum += pair.chosen();
      tokens += pair.chosenTokens();
    }
    double nll = -sum / tokens;
    Heard heard = run.run().heard();
    assertThat(heard.metric(1, "nll_loss")).isCloseTo(nll, within(1e-4));
    assertThat(heard.metric(1, "loss")).isCloseTo(loss + imitation * nll, within(1e-3));
  }

  @Test
  void aSmoothedHingeIsRefused() {
    assertThatThrownBy(
            () ->
                run(directory.resolve("run"))
                    .with("simpo.variant=hinge", "simpo.label-smoothing=0.1")
                    .config())
        .hasMessageContaining("simpo.label-smoothing is 0.1, which simpo.variant hinge");
  }

  @ParameterizedTest
  @CsvSource({"true, 0.75", "false, 1"})
  void aJudgesConfidenceIsASoftLabelUnlessItIsSwitchedOff(boolean use, double p) {
    Path doubted =
        ToyFiles.write(
            directory.resolve("doubted.jsonl"),
            List.of(ToyFiles.pair("say it", "yes", "never", 0.75)));
    ToyRun<SimPoConfig> run =
        run(directory.resolve("run"))
            .with(
                "data.files=" + doubted, "data.held-out=0", "simpo.batch-size=1", "simpo.gamma=0.5")
            .with("simpo.use-confidence=" + use);
    Measured pair = measured(run).get(0);
    double x = 2 * (pair.chosen() / pair.chosenTokens() - pair.rejected() / pair.rejectedTokens());
    double expected = p * Math.log1p(Math.exp(0.5 - x)) + (1 - p) * Math.log1p(Math.exp(0.5 + x));
    assertThat(run.run().heard().metric(1, "loss")).isCloseTo(expected, within(1e-4));
  }

  @Test
  void aRunThatWasStoppedAndGoesOnEndsWithTheSameBytes() {
    String[] settings = {"simpo.epochs=2", "checkpoint.every=2", "checkpoint.keep=10"};
    ToyRun<SimPoConfig> unbroken = run(directory.resolve("unbroken")).with(settings);
    unbroken.run();
    ToyRun<SimPoConfig> broken = run(directory.resolve("broken")).with(settings);
    assertThat(broken.stopAfter(3).complete()).isFalse();
    assertThat(broken.resumed().run().heard().updates()).startsWith(4L);
    assertThat(Bytes.of(broken.directory().model()))
        .isEqualTo(Bytes.of(unbroken.directory().model()));
  }
}
