package dev.parley.trainer.recipe.orpo;

import static org.assertj.core.api.Assertions.assertThat;
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

class OrpoRecipeTest {

  @TempDir private static Path shared;
  private static Path model;
  private static Path pairs;

  @TempDir private Path directory;

  @BeforeAll
  static void files() {
    model = TinyModel.write(shared.resolve("model"), 1);
    pairs = ToyFiles.write(shared.resolve("pairs.jsonl"), ToyFiles.pairsOfWords(64, 7));
  }

  private static ToyRun<OrpoConfig> run(Path path) {
    return new ToyRun<>(
        new OrpoRecipe(),
        path,
        List.of(
            "run.id=orpo",
            "model.path=" + model,
            "data.files=" + pairs,
            "data.held-out=0.3",
            "optimizer.learning-rate=3e-3",
            "orpo.batch-size=16",
            "checkpoint.every=0"));
  }

  /** What the starting model says of a pair. */
  private record Measured(double chosen, double rejected, int chosenTokens, int rejectedTokens) {}

  private static List<Measured> measured(ToyRun<OrpoConfig> run) {
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
    ToyRun<OrpoConfig> run =
        run(directory.resolve("run"))
            .with("orpo.epochs=12", "orpo.evaluate-every=1", "orpo.beta=1");
    ToyRun.Ended ended = run.run();
    Heard heard = ended.heard();
    assertThat(ended.complete()).isTrue();
    assertThat(heard.metric(heard.lastUpdate(), "eval_rewards/accuracies"))
        .isGreaterThan(0.7)
        .isGreaterThan(heard.metric(1, "eval_rewards/accuracies"));
    assertThat(heard.metric(heard.lastUpdate(), "eval_rewards/margins"))
        .isGreaterThan(heard.metric(1, "eval_rewards/margins"));
  }

  @Test
  void theFirstLossIsImitationLessTheWeighedLogOdds() {
    ToyRun<OrpoConfig> run =
        run(directory.resolve("run"))
            .with("data.held-out=0", "orpo.batch-size=64", "orpo.beta=0.3")
            .with("engine.micro-batch-tokens=600");
    double odds = 0;
    double sum = 0;
    double tokens = 0;
    List<Measured> all = measured(run);
    for (Measured pair : all) {
      double c = pair.chosen() / pair.chosenTokens();
      double r = pair.rejected() / pair.rejectedTokens();
      double logOdds = c - r - (Math.log1p(-Math.exp(c)) - Math.log1p(-Math.exp(r)));
      odds -= Math.log1p(Math.exp(-logOdds)) / all.size();
      sum += pair.chosen();
      tokens += pair.chosenTokens();
    }
    Heard heard = run.run().heard();
    assertThat(heard.metric(1, "nll_loss")).isCloseTo(-sum / tokens, within(1e-4));
    assertThat(heard.metric(1, "log_odds_ratio")).isCloseTo(odds, within(1e-4));
    assertThat(heard.metric(1, "loss")).isCloseTo(-sum / tokens - 0.3 * odds, within(1e-4));
  }

  @ParameterizedTest
  @CsvSource({"true, 0.75", "false, 1"})
  void aJudgesConfidenceIsASoftLabelUnlessItIsSwitchedOff(boolean use, double p) {
    Path doubted =
        ToyFiles.write(
            directory.resolve("doubted.jsonl"),
            List.of(ToyFiles.pair("say it", "yes", "never", 0.75)));
    ToyRun<OrpoConfig> run =
        run(directory.resolve("run"))
            .with("data.files=" + doubted, "data.held-out=0", "orpo.batch-size=1", "orpo.beta=0.3")
            .with("orpo.use-confidence=" + use);
    Measured pair = measured(run).get(0);
    double c = pair.chosen() / pair.chosenTokens();
    double rejected = pair.rejected() / pair.rejectedTokens();
    double o = c - rejected - (Math.log1p(-Math.exp(c)) - Math.log1p(-Math.exp(rejected)));
    double odds = p * Math.log1p(Math.exp(-o)) + (1 - p) * Math.log1p(Math.exp(o));
    double expected = -c + 0.3 * odds;
    assertThat(run.run().heard().metric(1, "loss")).isCloseTo(expected, within(1e-4));
  }

  @Test
  void aRunThatWasStoppedAndGoesOnEndsWithTheSameBytes() {
    String[] settings = {"orpo.epochs=2", "checkpoint.every=2", "checkpoint.keep=10"};
    ToyRun<OrpoConfig> unbroken = run(directory.resolve("unbroken")).with(settings);
    unbroken.run();
    ToyRun<OrpoConfig> broken = run(directory.resolve("broken")).with(settings);
    assertThat(broken.stopAfter(3).complete()).isFalse();
    assertThat(broken.resumed().run().heard().updates()).startsWith(4L);
    assertThat(Bytes.of(broken.directory().model()))
        .isEqualTo(Bytes.of(unbroken.directory().model()));
  }
}
