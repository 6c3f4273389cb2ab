package dev.parley.trainer.recipe.rewardmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningData.JudgedPair;
import dev.parley.trainer.experience.LearningData.Pair;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.scores.HeldOutScores;
import dev.parley.trainer.scores.RewardModelFile;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.Heard;
import dev.parley.trainer.toy.ToyFiles;
import dev.parley.trainer.toy.ToyRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RewardModelRecipeTest {

  @TempDir private static Path shared;
  private static Path model;
  private static Path pairs;

  @TempDir private Path directory;

  @BeforeAll
  static void files() {
    model = TinyModel.write(shared.resolve("model"), 1);
    pairs = ToyFiles.write(shared.resolve("pairs.jsonl"), pairs(120, 7));
  }

  /** The answer that holds a z is the better one; nothing else tells them apart. */
  private static List<Map<String, ?>> pairs(int count, long seed) {
    Random random = new Random(seed);
    List<Map<String, ?>> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length = 3 + random.nextInt(5);
      StringBuilder good = new StringBuilder();
      StringBuilder bad = new StringBuilder();
      for (int c = 0; c < length; c++) {
        good.append((char) ('a' + random.nextInt(20)));
        bad.append((char) ('a' + random.nextInt(20)));
      }
      good.setCharAt(random.nextInt(length), 'z');
      rows.add(
          Map.of(
              "prompt",
              "word " + i,
              "chosen",
              good.toString(),
              "rejected",
              bad.toString(),
              "margin",
              i % 3));
    }
    return rows;
  }

  private static ToyRun<RewardModelConfig> run(Path path) {
    return new ToyRun<>(
        new RewardModelRecipe(),
        path,
        List.of(
            "run.id=reward",
            "model.path=" + model,
            "data.files=" + pairs,
            "data.held-out=0.3",
            "optimizer.learning-rate=3e-3",
            "reward-model.batch-size=16",
            "reward-model.use-margin=false",
            "checkpoint.every=0"));
  }

  private ToyRun<RewardModelConfig> run() {
    return run(directory.resolve("run"));
  }

  private static Sides read(ToyRun<RewardModelConfig> run) {
    try (TemplateEncoder encoder = TemplateEncoder.open(model)) {
      LearningData<JudgedPair> data =
          LearningData.judgedPairs(
              SharedSettings.rows(run.config().data(), run.config()), encoder, false);
      return new Sides(pairs(data.train()), pairs(data.heldOut()));
    }
  }

  private static List<Pair> pairs(List<JudgedPair> judged) {
    return judged.stream().map(JudgedPair::pair).toList();
  }

  /** The pairs to learn from and those to measure on. */
  private record Sides(List<Pair> train, List<Pair> heldOut) {}

  /** Scores pairs one by one. */
  private static HeldOutScores score(LanguageModel reward, List<Pair> pairs) {
    float[] chosen = new float[pairs.size()];
    float[] rejected = new float[pairs.size()];
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = reward.finalScalars(TokenBatch.of(List.of(pairs.get(i).chosen())))[0];
      rejected[i] = reward.finalScalars(TokenBatch.of(List.of(pairs.get(i).rejected())))[0];
    }
    return HeldOutScores.of(chosen, rejected);
  }

  // --- what is learnt ---

  @Test
  void anAdapterAndItsHeadLearnInPlaceOfTheModel() throws IOException {
    Path base = Path.of(run().config().model().path().toString());
    Map<String, String> before = Bytes.of(base);
    ToyRun<RewardModelConfig> run =
        run()
            .with("reward-model.epochs=12", "lora.rank=8", "lora.alpha=16")
            .with("optimizer.learning-rate=2e-2");
    ToyRun.Ended ended = run.run();
    assertThat(ended.heard().metric(ended.heard().lastUpdate(), "eval_accuracy"))
        .isGreaterThan(0.85);
    assertThat(Bytes.of(base)).isEqualTo(before);

    Path adapter = run.directory().adapter();
    Path merged = run.directory().model();
    assertThat(adapter.resolve(RewardModelFile.NAME))
        .hasSameBinaryContentAs(merged.resolve(RewardModelFile.NAME));
    List<Pair> pairs = read(run).heldOut();
    try (LanguageModel one = LanguageModel.open(adapter, EngineOptions.CPU);
        LanguageModel other = LanguageModel.open(merged, EngineOptions.CPU)) {
      assertThat(one.heads()).isEqualTo(Heads.SCORE);
      assertThat(other.heads()).isEqualTo(Heads.SCORE);
      assertThat(score(one, pairs).mean()).isCloseTo(score(other, pairs).mean(), within(1e-5));
    }
  }

  @Test
  void aRunWithAnAdapterThatWasStoppedAndGoesOnEndsWithTheSameBytes() {
    ToyRun<RewardModelConfig> unbroken =
        run(directory.resolve("unbroken")).with("lora.rank=4", "lora.dropout=0.1");
    ToyRun<RewardModelConfig> broken =
        run(directory.resolve("broken")).with("lora.rank=4", "lora.dropout=0.1");
    unbroken.run();
    assertThat(broken.stopAfter(2).complete()).isFalse();
    broken.resumed().run();
    assertThat(Bytes.of(broken.directory().adapter()))
        .isEqualTo(Bytes.of(unbroken.directory().adapter()));
    assertThat(Bytes.of(broken.directory().model()))
        .isEqualTo(Bytes.of(unbroken.directory().model()));
  }

  @Test
  void agreementOnPairsNeverSeenRises() throws IOException {
    ToyRun<RewardModelConfig> run = run().with("reward-model.epochs=12");
    ToyRun.Ended ended = run.run();
    assertThat(ended.complete()).isTrue();
    assertThat(ended.heard().metric(ended.heard().lastUpdate(), "eval_accuracy"))
        .isGreaterThan(0.9);

    JsonNode figures =
        new ObjectMapper().readTree(run.directory().model().resolve("reward_model.json").toFile());
    List<Pair> heldOut = read(run).heldOut();
    try (LanguageModel finished = LanguageModel.open(run.directory().model(), EngineOptions.CPU)) {
      assertThat(finished.heads()).isEqualTo(Heads.SCORE);
      HeldOutScores expected = score(finished, heldOut);
      assertThat(figures.get("pairs").asInt()).isEqualTo(heldOut.size());
      assertThat(figures.get("held_out").asBoolean()).isTrue();
      assertThat(figures.get("held_out_agreement").asDouble())
          .isEqualTo(expected.agreement())
          .isEqualTo(ended.heard().metric(ended.heard().lastUpdate(), "eval_accuracy"));
      assertThat(figures.get("score_mean").asDouble()).isCloseTo(expected.mean(), within(1e-4));
      assertThat(figures.get("score_std").asDouble()).isCloseTo(expected.spread(), within(1e-4));
    }
  }

  /** The figures of the first batch follow from the model that the run starts with. */
  @ParameterizedTest
  @CsvSource({"false, 0", "true, 0", "false, 0.5", "true, 0.5"})
  void theFirstLossIsTheBradleyTerryLossWithMarginsAndCentringAsAskedFor(
      boolean margins, double centring) {
    ToyRun<RewardModelConfig> run =
        run()
            .with(
                "data.held-out=0",
                "reward-model.batch-size=120",
                "engine.micro-batch-tokens=500",
                "reward-model.use-margin=" + margins,
                "reward-model.centering-coefficient=" + centring);
    ToyRun.Ended ended = run.run();
    List<Pair> all = read(run).train();
    double loss = 0;
    double agreed = 0;
    try (LanguageModel language = LanguageModel.open(model, EngineOptions.CPU);
        LanguageModel initial = language.withHeads(Heads.SCORE, run.config().run().seed())) {
      HeldOutScores scores = score(initial, all);
      for (int i = 0; i < all.size(); i++) {
        double gap = scores.pairs().get(i).difference();
        double sum = (double) scores.pairs().get(i).chosen() + scores.pairs().get(i).rejected();
        double margin = margins ? all.get(i).margin() : 0;
        loss += (Math.log1p(Math.exp(margin - gap)) + centring * sum * sum) / all.size();
        agreed += gap > 0 ? 1.0 / all.size() : 0;
      }
      assertThat(ended.heard().metric(1, "mean_reward")).isCloseTo(scores.mean(), within(1e-4));
    }
    assertThat(ended.heard().metric(1, "loss")).isCloseTo(loss, within(1e-4));
    assertThat(ended.heard().metric(1, "accuracy")).isCloseTo(agreed, within(1e-6));
  }

  @Test
  void aRewardModelIsGoneOnWith() {
    ToyRun<RewardModelConfig> first = run(directory.resolve("first"));
    Heard heard = first.with("reward-model.epochs=4").run().heard();
    double end = heard.metric(heard.lastUpdate(), "eval_loss");
    ToyRun<RewardModelConfig> second =
        run(directory.resolve("second"))
            .with(
                "model.path=" + first.directory().model(),
                "optimizer.learning-rate=1e-30",
                "reward-model.evaluate-every=1");
    assertThat(second.run().heard().metric(1, "eval_loss")).isCloseTo(end, within(1e-6));
  }

  /** Three answers to a prompt, in order, as the three pairs that they make. */
  private static List<Map<String, ?>> ranked(String prompt, String best, String next, String last) {
    return List.of(
        ToyFiles.pair(prompt, best, next),
        ToyFiles.pair(prompt, next, last),
        ToyFiles.pair(prompt, best, last));
  }

  /** The loss of K answers by hand: each prompt weighs the same, however many pairs it has. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void pairsOfOnePromptAreLearntFromTogetherAndWeighAsOne(boolean oneRow) {
    List<Map<String, ?>> rows =
        new ArrayList<>(
            oneRow
                ? List.of(ToyFiles.ranking("one", "aaa", "bb", "c"))
                : ranked("one", "aaa", "bb", "c"));
    rows.add(ToyFiles.pair("two", "dd", "ee"));
    Path file = ToyFiles.write(directory.resolve("ranked.jsonl"), rows);
    ToyRun<RewardModelConfig> run =
        run()
            .with(
                "data.files=" + file,
                "data.held-out=0",
                "reward-model.batch-size=2",
                "reward-model.by-prompt=" + !oneRow);
    ToyRun.Ended ended = run.run();
    double loss = 0;
    try (LanguageModel language = LanguageModel.open(model, EngineOptions.CPU);
        LanguageModel initial = language.withHeads(Heads.SCORE, run.config().run().seed())) {
      List<HeldOutScores.Scored> scores = score(initial, read(run).train()).pairs();
      double[] weights = {1 / 3.0, 1 / 3.0, 1 / 3.0, 1};
      for (int i = 0; i < weights.length; i++) {
        loss += weights[i] * Math.log1p(Math.exp(-scores.get(i).difference())) / 2;
      }
    }
    assertThat(ended.heard().lastUpdate()).isEqualTo(1);
    assertThat(ended.heard().metric(1, "loss")).isCloseTo(loss, within(1e-5));
  }

  @Test
  void eachAnswerToAPromptGoesThroughTheModelOnce() {
    Path file = ToyFiles.write(directory.resolve("ranked.jsonl"), ranked("one", "aaa", "bb", "c"));
    ToyRun<RewardModelConfig> run = run().with("data.files=" + file, "data.held-out=0");
    long pairs = read(run).train().stream().mapToLong(Pair::tokens).sum();
    assertThat(run.plan().lines())
        .contains(
            new Plan.Line("tokens per epoch", Long.toString(pairs)), new Plan.Line("updates", "1"));
    assertThat(run.with("reward-model.by-prompt=true").plan().lines())
        .contains(new Plan.Line("tokens per epoch", Long.toString(pairs / 2)));
    Path row =
        ToyFiles.write(
            directory.resolve("row.jsonl"), List.of(ToyFiles.ranking("one", "aaa", "bb", "c")));
    assertThat(run.with("data.files=" + row).plan().lines())
        .contains(
            new Plan.Line("pairs", "3 to learn, 0 held out"),
            new Plan.Line("tokens per epoch", Long.toString(pairs / 2)),
            new Plan.Line("updates", "1"));
  }

  /** Four words a prompt, the more z the better: held-out rankings are ordered after learning. */
  @Test
  void rankingsOfSeveralAnswersTeachTheirOrder() {
    Random random = new Random(7);
    List<Map<String, ?>> rows = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      String[] answers = new String[4];
      for (int good = 0; good < 4; good++) {
        StringBuilder word = new StringBuilder("z".repeat(3 - good));
        while (word.length() < 5) {
          word.append((char) ('a' + random.nextInt(20)));
        }
        answers[good] = word.toString();
      }
      rows.add(ToyFiles.ranking("word " + i, answers));
    }
    Path file = ToyFiles.write(directory.resolve("rankings.jsonl"), rows);
    ToyRun.Ended ended =
        run()
            .with(
                "data.files=" + file,
                "reward-model.batch-size=8",
                "reward-model.epochs=6",
                "reward-model.evaluate-every=1")
            .run();
    Heard heard = ended.heard();
    assertThat(heard.metric(heard.lastUpdate(), "eval_accuracy"))
        .isGreaterThan(0.8)
        .isGreaterThan(heard.metric(1, "eval_accuracy"));
  }

  @Test
  void tiesAreLearntFromOnRequestAndBringScoresTogether() {
    List<Map<String, ?>> rows = new ArrayList<>(pairs(60, 7));
    for (int i = 0; i < 60; i++) {
      // Both hold a z: only ties say that one z is as good as two.
      rows.add(
          Map.of("prompt", "tie " + i, "chosen", "zabc" + i, "rejected", "zzbc" + i, "tie", true));
    }
    Path file = ToyFiles.write(directory.resolve("ties.jsonl"), rows);
    ToyRun<RewardModelConfig> run = run().with("data.files=" + file, "data.held-out=0");
    assertThat(run.plan().lines()).contains(new Plan.Line("left out", "60 ties"));
    for (String ties : List.of("half", "rao-kupper")) {
      ToyRun<RewardModelConfig> learnt =
          run(directory.resolve(ties))
              .with(
                  "data.files=" + file,
                  "data.held-out=0.2",
                  "reward-model.ties=" + ties,
                  "reward-model.epochs=8");
      ToyRun.Ended ended = learnt.run();
      assertThat(ended.heard().metric(ended.heard().lastUpdate(), "eval_accuracy"))
          .as(ties)
          .isGreaterThan(0.8);
      assertThat(ended.heard().metric(ended.heard().lastUpdate(), "loss"))
          .as(ties)
          .isLessThan(ended.heard().metric(1, "loss"));
    }
  }

  @Test
  void aTieThresholdThatNothingReadsIsRefused() {
    assertThatThrownBy(() -> run().with("reward-model.tie-threshold=2").config())
        .hasMessageContaining(
            "reward-model.tie-threshold is 2.0, which only reward-model.ties=rao-kupper reads");
  }

  // --- numbers and files ---

  @Test
  void withoutHeldOutPairsTheFiguresSayThatTheyWereLearntFrom() throws IOException {
    ToyRun<RewardModelConfig> run = run().with("data.held-out=0");
    ToyRun.Ended ended = run.run();
    assertThat(ended.heard().metricNames()).doesNotContain("eval_accuracy", "eval_loss");
    JsonNode figures =
        new ObjectMapper().readTree(run.directory().model().resolve("reward_model.json").toFile());
    assertThat(figures.get("held_out").asBoolean()).isFalse();
    assertThat(figures.get("pairs").asInt()).isEqualTo(120);
  }

  @Test
  void pairsOfOtherJudgesAreLeftOutAndCounted() {
    List<Map<String, ?>> rows = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      rows.add(
          Map.of(
              "parley",
              "preference",
              "prompt",
              List.of(Map.of("role", "user", "content", "word " + i)),
              "chosen",
              List.of(Map.of("role", "assistant", "content", "z")),
              "rejected",
              List.of(Map.of("role", "assistant", "content", "a")),
              "source",
              i < 4 ? "human" : "model",
              "annotator",
              "somebody"));
    }
    Path judged = ToyFiles.write(directory.resolve("judged.jsonl"), rows);
    ToyRun<RewardModelConfig> run = run().with("data.files=" + judged, "data.held-out=0");
    assertThat(run.with("reward-model.judged-by=human").plan().toString())
        .contains("4 to learn", "5 judged by others");
    assertThatThrownBy(() -> run.with("reward-model.judged-by=rule").plan())
        .hasMessageContaining("there is no row to learn from")
        .hasMessageContaining("9 judged by others");
  }

  @Test
  void thePlanSaysWhatTheRunWouldDo() {
    Path more =
        ToyFiles.write(
            directory.resolve("more.jsonl"), List.of(ToyFiles.pair("a", "b", "c".repeat(300))));
    Plan plan =
        run()
            .with("data.held-out=0", "data.files=" + pairs + "," + more, "reward-model.epochs=2")
            .plan();
    assertThat(plan.lines())
        .contains(
            new Plan.Line("pairs", "120 to learn, 0 held out"),
            new Plan.Line("left out", "1 too long for max-tokens or the model"),
            new Plan.Line("updates", "15"));
  }

  // --- going on ---

  private static ToyRun<RewardModelConfig> twoEpochs(Path path) {
    return run(path).with("reward-model.epochs=2", "checkpoint.every=3", "checkpoint.keep=10");
  }

  @Test
  void aRunThatWasStoppedAndGoesOnEndsWithTheSameBytes() {
    ToyRun<RewardModelConfig> unbroken = twoEpochs(directory.resolve("unbroken"));
    unbroken.run();
    ToyRun<RewardModelConfig> broken = twoEpochs(directory.resolve("broken"));
    assertThat(broken.stopAfter(4).complete()).isFalse();
    assertSameEnd(broken, unbroken, broken.resumed().run(), 5);
  }

  @Test
  void aRunThatWasKilledAndGoesOnEndsWithTheSameBytes() {
    ToyRun<RewardModelConfig> unbroken = twoEpochs(directory.resolve("unbroken"));
    unbroken.run();
    ToyRun<RewardModelConfig> broken = twoEpochs(directory.resolve("broken"));
    assertThatThrownBy(() -> broken.run(ToyRun.killAfter(5))).isInstanceOf(ToyRun.Killed.class);
    assertSameEnd(broken, unbroken, broken.resumed().run(), 4);
  }

  private static void assertSameEnd(
      ToyRun<?> broken, ToyRun<?> unbroken, ToyRun.Ended resumed, long firstUpdate) {
    assertThat(resumed.complete()).isTrue();
    assertThat(resumed.heard().updates()).startsWith(firstUpdate);
    assertThat(Bytes.of(broken.directory().model()))
        .isEqualTo(Bytes.of(unbroken.directory().model()));
    String newest = "update-%06d".formatted(resumed.heard().lastUpdate());
    assertThat(Bytes.of(broken.directory().checkpoints().resolve(newest)))
        .isEqualTo(Bytes.of(unbroken.directory().checkpoints().resolve(newest)));
  }
}
