package dev.parley.trainer.recipe.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.trainer.configuration.ConfigurationException;
import dev.parley.trainer.experience.AnswerPair;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.Heard;
import dev.parley.trainer.toy.ToyFiles;
import dev.parley.trainer.toy.ToyRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DpoRecipeTest {

  private static final String READING = "reading reference log-probabilities";
  private static final String COMPUTING = "computing reference log-probabilities";

  @TempDir private static Path shared;
  private static Path model;
  private static Path other;
  private static Path pairs;

  @TempDir private Path directory;

  @BeforeAll
  static void files() {
    model = TinyModel.write(shared.resolve("model"), 1);
    other = TinyModel.write(shared.resolve("other"), 2);
    pairs = ToyFiles.write(shared.resolve("pairs.jsonl"), ToyFiles.pairsOfWords(64, 7));
  }

  private static ToyRun<DpoConfig> run(Path path) {
    return new ToyRun<>(
        new DpoRecipe(),
        path,
        List.of(
            "run.id=dpo",
            "model.path=" + model,
            "data.files=" + pairs,
            "data.held-out=0.3",
            "optimizer.learning-rate=3e-3",
            "dpo.batch-size=16",
            "checkpoint.every=0"));
  }

  private ToyRun<DpoConfig> run() {
    return run(directory.resolve("run"));
  }

  /** One update over all pairs, which measures the starting model. */
  private ToyRun<DpoConfig> oneUpdate() {
    return run().with("data.held-out=0", "dpo.batch-size=64", "engine.micro-batch-tokens=600");
  }

  private static List<AnswerPair> read(ToyRun<DpoConfig> run) {
    try (TemplateEncoder encoder = TemplateEncoder.open(model)) {
      return LearningData.answerPairs(
              SharedSettings.rows(run.config().data(), run.config()), encoder)
          .train();
    }
  }

  /** log π of an answer, token by token. */
  private static double logProb(LanguageModel policy, LearningSequence answer) {
    float[] all = policy.logProbs(TokenBatch.of(List.of(answer.tokens())), 1).get(0);
    double sum = 0;
    for (int t = 1; t < answer.tokens().length; t++) {
      sum += answer.learnt()[t] ? all[t - 1] : 0;
    }
    return sum;
  }

  // --- what is learnt ---

  @Test
  void preferenceAccuracyOnPairsNeverSeenRises() {
    ToyRun<DpoConfig> run = run().with("dpo.epochs=10", "dpo.evaluate-every=1");
    ToyRun.Ended ended = run.run();
    Heard heard = ended.heard();
    assertThat(ended.complete()).isTrue();
    assertThat(heard.metric(heard.lastUpdate(), "eval_rewards/accuracies"))
        .isGreaterThan(0.8)
        .isGreaterThan(heard.metric(1, "eval_rewards/accuracies"));
    assertThat(heard.metric(heard.lastUpdate(), "eval_rewards/margins"))
        .isGreaterThan(heard.metric(1, "eval_rewards/margins"));
    assertThat(heard.metric(heard.lastUpdate(), "eval_loss")).isLessThan(0.6);
    try (LanguageModel finished = LanguageModel.open(run.directory().model(), EngineOptions.CPU)) {
      assertThat(finished.heads().language()).isTrue();
    }
  }

  @Test
  void aRankingIsLearntFromAsItsPairs() {
    Path rankings =
        ToyFiles.write(
            directory.resolve("rankings.jsonl"),
            List.of(ToyFiles.ranking("one", "aaa", "bb", "c")));
    ToyRun<DpoConfig> run = run().with("data.files=" + rankings, "data.held-out=0");
    assertThat(run.plan().lines()).contains(new Plan.Line("pairs", "3 to learn, 0 held out"));
  }

  /** Before the first step policy and reference are one: every log-ratio is zero. */
  @ParameterizedTest
  @CsvSource({
    "sigmoid, 0, 0.6931472",
    "sigmoid, 0.1, 0.6931472",
    "robust, 0.1, 0.6931472",
    "hinge, 0, 1",
    "ipo, 0, 25",
    "exo-pair, 0.1, 0.5108256",
    "nca-pair, 0, 1.3862944",
    "sppo-hard, 0, 50",
    "apo-zero, 0, 1",
    "apo-down, 0, 1"
  })
  void everyVariantBeginsWithTheLossOfZeroLogRatios(String variant, double smoothing, double loss) {
    Heard heard =
        oneUpdate()
            .with("dpo.variant=" + variant, "dpo.label-smoothing=" + smoothing)
            .run()
            .heard();
    assertThat(heard.metric(1, "loss")).isCloseTo(loss, within(1e-4 * loss));
    assertThat(heard.metric(1, "rewards/margins")).isCloseTo(0, within(1e-4));
  }

  @Test
  void theFirstNumbersAreThoseOfThePolicyAndOfTheReferenceAtReferencePath() {
    ToyRun<DpoConfig> run =
        oneUpdate().with("reference.path=" + other, "dpo.beta=0.2", "dpo.sft-coefficient=0.5");
    Heard heard = run.run().heard();
    List<AnswerPair> all = read(run);
    double loss = 0;
    double margin = 0;
    double chosen = 0;
    double tokens = 0;
    try (LanguageModel policy = LanguageModel.open(model, EngineOptions.CPU);
        LanguageModel reference = LanguageModel.open(other, EngineOptions.CPU)) {
      for (AnswerPair pair : all) {
        double good = logProb(policy, pair.chosen());
        double a = good - logProb(reference, pair.chosen());
        double b = logProb(policy, pair.rejected()) - logProb(reference, pair.rejected());
        loss += Math.log1p(Math.exp(-0.2 * (a - b))) / all.size();
        margin += 0.2 * (a - b) / all.size();
        chosen += good / all.size();
        tokens += pair.chosen().count();
      }
    }
    double nll = -chosen * all.size() / tokens;
    assertThat(heard.metric(1, "loss")).isCloseTo(loss + 0.5 * nll, within(1e-3));
    assertThat(heard.metric(1, "nll_loss")).isCloseTo(nll, within(1e-4));
    assertThat(heard.metric(1, "rewards/margins")).isCloseTo(margin, within(1e-3));
    assertThat(heard.metric(1, "logps/chosen")).isCloseTo(chosen, within(1e-3));
  }

  @ParameterizedTest
  @CsvSource({"true, 0.75", "false, 1"})
  void aJudgesConfidenceIsASoftLabelUnlessItIsSwitchedOff(boolean use, double p) {
    Path doubted =
        ToyFiles.write(
            directory.resolve("doubted.jsonl"),
            List.of(ToyFiles.pair("say it", "aaa", "bb", 0.75)));
    ToyRun<DpoConfig> run =
        oneUpdate()
            .with(
                "data.files=" + doubted,
                "dpo.batch-size=1",
                "reference.path=" + other,
                "dpo.use-confidence=" + use);
    AnswerPair pair = read(run).get(0);
    assertThat(pair.confidence()).isEqualTo(0.75);
    try (LanguageModel policy = LanguageModel.open(model, EngineOptions.CPU);
        LanguageModel reference = LanguageModel.open(other, EngineOptions.CPU)) {
      double h =
          logProb(policy, pair.chosen())
              - logProb(reference, pair.chosen())
              - logProb(policy, pair.rejected())
              + logProb(reference, pair.rejected());
      assertThat(run.run().heard().metric(1, "loss"))
          .isCloseTo(
              p * Math.log1p(Math.exp(-0.1 * h)) + (1 - p) * Math.log1p(Math.exp(0.1 * h)),
              within(1e-4));
    }
  }

  @Test
  void anAdapterLearnsAgainstItsBase() {
    Map<String, String> before = Bytes.of(model);
    ToyRun<DpoConfig> run =
        run().with("dpo.epochs=16", "lora.rank=8", "optimizer.learning-rate=2e-2");
    Heard heard = run.run().heard();
    assertThat(heard.metric(1, "loss")).isCloseTo(Math.log(2), within(1e-4));
    assertThat(heard.metric(heard.lastUpdate(), "eval_rewards/accuracies")).isGreaterThan(0.7);
    assertThat(Bytes.of(model)).isEqualTo(before);
    assertThat(run.directory().adapter()).isDirectory();
  }

  // --- the reference's log-probabilities ---

  private static List<String> phases(Heard heard) {
    return heard.events().stream()
        .filter(event -> event.hasProgress())
        .map(event -> event.getProgress().getPhase())
        .filter(phase -> phase.equals(READING) || phase.equals(COMPUTING))
        .distinct()
        .toList();
  }

  private List<Path> kept() {
    try (Stream<Path> files = Files.list(directory.resolve("reference-log-probs"))) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aSecondRunReadsTheReferenceWhateverItsSeedAndLearnsTheSame() {
    Heard first = run(directory.resolve("first")).run().heard();
    assertThat(phases(first)).containsExactly(COMPUTING);
    List<Path> kept = kept();
    assertThat(kept).hasSize(1);
    Heard second = run(directory.resolve("second")).run().heard();
    assertThat(phases(second)).containsExactly(READING);
    assertThat(second.metric("loss")).isEqualTo(first.metric("loss"));
    Heard another = run(directory.resolve("third")).with("run.seed=2").run().heard();
    assertThat(phases(another)).containsExactly(READING);
    assertThat(kept()).isEqualTo(kept);
  }

  @Test
  void anotherReferenceOrOtherDataOrAnotherTemplateAreComputedAnew() throws IOException {
    run().run();
    Path more = ToyFiles.write(directory.resolve("more.jsonl"), ToyFiles.pairsOfWords(20, 8));
    Path retold = TinyModel.write(directory.resolve("retold"), 1);
    String template =
        "{% for m in messages %}{{ m.role }}:{% generation %}{{ m.content }}{% endgeneration %}|{%"
            + " endfor %}";
    Files.writeString(retold.resolve("chat_template.jinja"), template);
    List<String> changes =
        List.of("reference.path=" + other, "data.files=" + more, "model.path=" + retold);
    for (int i = 0; i < changes.size(); i++) {
      ToyRun<DpoConfig> changed = run(directory.resolve("changed-" + i)).with(changes.get(i));
      assertThat(phases(changed.run().heard())).as(changes.get(i)).containsExactly(COMPUTING);
    }
    assertThat(kept()).hasSize(1 + changes.size());
  }

  @Test
  void aRunThatIsStoppedBeforeTheReferenceIsComputedKeepsNothingAndCanBeResumed() {
    ToyRun<DpoConfig> run = run();
    assertThat(run.stopWhen(heard -> true).complete()).isFalse();
    assertThat(directory.resolve("reference-log-probs")).doesNotExist();
    assertThat(run.resumed().run().complete()).isTrue();
    assertThat(kept()).hasSize(1);
  }

  @Test
  void aDamagedFileIsNamedWithWhatToDo() throws IOException {
    run(directory.resolve("first")).run();
    Path file = kept().get(0);
    Files.writeString(file, "{\"reference\": \"x\"");
    assertThatThrownBy(() -> run().run())
        .hasMessageContaining(file.toString())
        .hasMessageContaining("delete it");
    Files.writeString(file, "{\"reference\": \"x\", \"precision\": \"float32\", \"logProbs\": {}}");
    assertThatThrownBy(() -> run().with("run.id=again").run())
        .hasMessageContaining(file.toString())
        .hasMessageContaining("delete it");
  }

  // --- going on ---

  @Test
  void aRunThatWasStoppedOrKilledAndGoesOnEndsWithTheSameBytes() {
    String[] settings = {"dpo.epochs=2", "checkpoint.every=2", "checkpoint.keep=10"};
    ToyRun<DpoConfig> unbroken = run(directory.resolve("unbroken")).with(settings);
    unbroken.run();
    ToyRun<DpoConfig> stopped = run(directory.resolve("stopped")).with(settings);
    assertThat(stopped.stopAfter(3).complete()).isFalse();
    ToyRun<DpoConfig> killed = run(directory.resolve("killed")).with(settings);
    assertThatThrownBy(() -> killed.run(ToyRun.killAfter(3))).isInstanceOf(ToyRun.Killed.class);
    for (ToyRun<DpoConfig> broken : List.of(stopped, killed)) {
      ToyRun.Ended resumed = broken.resumed().run();
      assertThat(resumed.complete()).isTrue();
      assertThat(resumed.heard().updates()).startsWith(broken == stopped ? 4L : 3L);
      assertThat(Bytes.of(broken.directory().model()))
          .isEqualTo(Bytes.of(unbroken.directory().model()));
      String newest = "update-%06d".formatted(resumed.heard().lastUpdate());
      assertThat(Bytes.of(broken.directory().checkpoints().resolve(newest)))
          .isEqualTo(Bytes.of(unbroken.directory().checkpoints().resolve(newest)));
    }
  }

  // --- what is refused, and what is said ---

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          dpo.label-smoothing=0.1 dpo.variant=hinge    | dpo.label-smoothing is 0.1, which dpo.variant hinge does not have
          dpo.variant=exo-pair                         | give 0.001 or more
          dpo.variant=apo-zero dpo.divergence=forward-kl | dpo.variant apo-zero sees each answer's log-ratio by itself
          dpo.variant=nca-pair dpo.reference-free=true | dpo.variant nca-pair sees each answer's log-ratio by itself
          reference.path=/nowhere                      | reference.path is /nowhere, which is no directory
          model.start=random                           | give reference.path, or start from weights
          """)
  void settingsThatContradictEachOtherAreRefused(String settings, String message) {
    assertThatThrownBy(() -> run().with(settings.split(" ")).config())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aReferenceThatPredictsNoTokensIsRefused() {
    Path reward = TinyModel.writeReward(directory.resolve("reward"), 3);
    assertThatThrownBy(() -> run().with("reference.path=" + reward).run())
        .hasMessageContaining(reward.toString())
        .hasMessageContaining("expected a language model");
  }

  @Test
  void thePlanCountsPairsAndWhatIsLeftOut() {
    Path more =
        ToyFiles.write(
            directory.resolve("more.jsonl"),
            List.of(
                ToyFiles.pair("a", "b", "c".repeat(300)),
                Map.of("prompt", "a", "chosen", "b", "rejected", "c", "tie", true)));
    Plan plan =
        run().with("data.held-out=0", "data.files=" + pairs + "," + more, "dpo.epochs=2").plan();
    assertThat(plan.lines())
        .contains(
            new Plan.Line("pairs", "64 to learn, 0 held out"),
            new Plan.Line("left out", "1 too long for max-tokens or the model, 1 ties"),
            new Plan.Line("updates", "8"),
            new Plan.Line("reference", model.toString()));
  }
}
