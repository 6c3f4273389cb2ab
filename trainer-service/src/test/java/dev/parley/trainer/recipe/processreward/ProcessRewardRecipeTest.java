package dev.parley.trainer.recipe.processreward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.data.ChatTurn;
import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.text.AnswerPieces;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.rewardmodel.RewardModelRecipe;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.ToyFiles;
import dev.parley.trainer.toy.ToyRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessRewardRecipeTest {

  @TempDir private static Path shared;
  private static Path model;
  private static Path solutions;

  @TempDir private Path directory;

  @BeforeAll
  static void files() {
    model = TinyModel.write(shared.resolve("model"), 1);
    Random random = new Random(7);
    List<Map<String, ?>> rows = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      List<String> steps = steps(random, 0.3);
      rows.add(
          Map.of(
              "prompt",
              "task " + i,
              "steps",
              steps,
              "labels",
              steps.stream().map(ProcessRewardRecipeTest::isRight).toList()));
    }
    solutions = ToyFiles.write(shared.resolve("solutions.jsonl"), rows);
  }

  /** Three steps of three letters; a step that holds a z is wrong. */
  private static List<String> steps(Random random, double wrong) {
    List<String> steps = new ArrayList<>();
    for (int s = 0; s < 3; s++) {
      StringBuilder step = new StringBuilder();
      for (int c = 0; c < 3; c++) {
        step.append((char) ('a' + random.nextInt(20)));
      }
      if (random.nextDouble() < wrong) {
        step.setCharAt(random.nextInt(3), 'z');
      }
      steps.add(step.toString());
    }
    return steps;
  }

  private static boolean isRight(String step) {
    return !step.contains("z");
  }

  private ToyRun<ProcessRewardConfig> run() {
    return run(directory.resolve("run"));
  }

  private static ToyRun<ProcessRewardConfig> run(Path path) {
    return new ToyRun<>(
        new ProcessRewardRecipe(),
        path,
        List.of(
            "run.id=steps",
            "model.path=" + model,
            "data.files=" + solutions,
            "data.held-out=0.3",
            "optimizer.learning-rate=3e-3",
            "process-reward.batch-size=16",
            "checkpoint.every=0"));
  }

  /** The least probability of the steps of an answer. */
  private static double lowest(
      LanguageModel reward, TemplateEncoder encoder, String prompt, List<String> steps) {
    AnswerPieces pieces =
        encoder.pieces(
            List.of(ChatTurn.user(prompt)), steps.stream().map(step -> step + "\n").toList());
    float[] scores = reward.scalars(TokenBatch.of(List.of(pieces.ids())), pieces.ends());
    double lowest = 1;
    for (float score : scores) {
      lowest = Math.min(lowest, 1 / (1 + Math.exp(-score)));
    }
    return lowest;
  }

  @Test
  void stepsNeverSeenAreToldApartAndTheBestOfNByProcessIsRightMoreOftenThanByOutcome() {
    ToyRun<ProcessRewardConfig> run = run().with("process-reward.epochs=10");
    ToyRun.Ended ended = run.run();
    long last = ended.heard().lastUpdate();
    assertThat(ended.heard().metric(last, "eval_accuracy")).isGreaterThan(0.9);
    assertThat(ended.heard().metric(last, "eval_auc")).isGreaterThan(0.95);
    assertThat(ended.heard().metric(last, "loss")).isLessThan(ended.heard().metric(1, "loss") / 2);

    // The same number of answers, of which only the end is judged: right or not, in pairs.
    Path outcome = outcomeModel();
    try (LanguageModel process = LanguageModel.open(run.directory().model(), EngineOptions.CPU);
        LanguageModel whole = LanguageModel.open(outcome, EngineOptions.CPU);
        TemplateEncoder encoder = TemplateEncoder.open(model)) {
      double byProcess = bestOfEight(steps -> lowest(process, encoder, "new", steps));
      double byOutcome =
          bestOfEight(
              steps ->
                  whole
                      .finalScalars(
                          TokenBatch.of(
                              List.of(
                                  encoder
                                      .conversation(
                                          List.of(
                                              ChatTurn.user("new"),
                                              ChatTurn.assistant(String.join("\n", steps))))
                                      .tokens())))[0]);
      assertThat(byProcess).as("outcome: " + byOutcome).isGreaterThan(0.9);
      assertThat(byProcess).isGreaterThanOrEqualTo(byOutcome);
    }
  }

  private Path outcomeModel() {
    Random random = new Random(8);
    List<Map<String, ?>> pairs = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      pairs.add(
          ToyFiles.pair(
              "task " + i,
              String.join("\n", steps(random, 0)),
              String.join("\n", onlyOneWrong(random))));
    }
    ToyRun<?> run =
        new ToyRun<>(
            new RewardModelRecipe(),
            directory.resolve("outcome"),
            List.of(
                "run.id=outcome",
                "model.path=" + model,
                "data.files=" + ToyFiles.write(directory.resolve("pairs.jsonl"), pairs),
                "data.held-out=0",
                "optimizer.learning-rate=3e-3",
                "reward-model.epochs=10",
                "checkpoint.every=0"));
    run.run();
    return run.directory().model();
  }

  private static List<String> onlyOneWrong(Random random) {
    List<String> steps = steps(random, 0);
    int wrong = random.nextInt(steps.size());
    steps.set(wrong, "z" + steps.get(wrong).substring(1));
    return steps;
  }

  /** Share of 40 tasks of whose eight answers the one with the highest score is right. */
  private static double bestOfEight(ToDoubleFunction<List<String>> score) {
    Random random = new Random(9);
    int right = 0;
    for (int task = 0; task < 40; task++) {
      List<List<String>> answers = new ArrayList<>(List.of(steps(random, 0)));
      while (answers.size() < 8) {
        answers.add(onlyOneWrong(random));
      }
      Map<List<String>, Double> scores = new HashMap<>();
      answers.forEach(answer -> scores.put(answer, score.applyAsDouble(answer)));
      List<String> best =
          answers.stream().max((a, b) -> Double.compare(scores.get(a), scores.get(b))).get();
      right += best.stream().allMatch(ProcessRewardRecipeTest::isRight) ? 1 : 0;
    }
    return right / 40.0;
  }

  @Test
  void neutralStepsCountAsTheSettingSays() {
    Path file =
        ToyFiles.write(
            directory.resolve("neutral.jsonl"),
            List.of(
                Map.of(
                    "prompt", "p", "steps", List.of("a", "b", "c"), "labels", List.of(1, 0.5, 0))));
    for (Map.Entry<String, Double> expected :
        Map.of("good", 2 / 3.0, "bad", 1 / 3.0, "half", 0.5, "leave-out", 0.5).entrySet()) {
      ToyRun.Ended ended =
          run(directory.resolve(expected.getKey()))
              .with(
                  "data.files=" + file,
                  "data.held-out=0",
                  "process-reward.batch-size=1",
                  "process-reward.neutral=" + expected.getKey())
              .run();
      assertThat(ended.heard().metric(1, "good_share"))
          .as(expected.getKey())
          .isCloseTo(expected.getValue(), within(1e-6));
    }
  }

  @Test
  void solutionsThatNobodyLabelledAreLeftOutAndCounted() {
    Path file =
        ToyFiles.write(
            directory.resolve("unlabelled.jsonl"),
            List.of(Map.of("instruction", "p", "responses", List.of("a"), "next_response", "b")));
    assertThat(run().with("data.files=" + solutions + "," + file).plan().lines())
        .contains(new Plan.Line("left out", "1 without a label that is asked for"));
  }

  @Test
  void thePlanSaysWhatTheRunWouldDo() {
    assertThat(run().with("data.held-out=0", "process-reward.epochs=2").plan().lines())
        .contains(
            new Plan.Line("solutions", "120 to learn, 0 held out"), new Plan.Line("updates", "15"));
  }

  @Test
  void aRunThatWasStoppedAndGoesOnEndsWithTheSameBytes() {
    ToyRun<ProcessRewardConfig> unbroken = run(directory.resolve("unbroken"));
    ToyRun<ProcessRewardConfig> broken = run(directory.resolve("broken"));
    unbroken.run();
    assertThat(broken.stopAfter(2).complete()).isFalse();
    broken.resumed().run();
    assertThat(Bytes.of(broken.directory().model()))
        .isEqualTo(Bytes.of(unbroken.directory().model()));
  }
}
