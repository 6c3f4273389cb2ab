package dev.parley.trainer.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.PassOptions;
import dev.parley.model.torchscript.Precision;
import dev.parley.trainer.experience.LearningSequence;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MemoryPredictionTest {

  private static final MemoryPrediction.Step STEP =
      new MemoryPrediction.Step(4096, 2048, 64, 64, false);

  private static final MemoryPrediction.Engine PLAIN =
      new MemoryPrediction.Engine(2, 4096, PassOptions.PLAIN, Precision.FLOAT32);

  private static MemoryPrediction.Model model(Heads heads) {
    return MemoryPrediction.Model.of(TinyModel.config(), heads);
  }

  private static MemoryPrediction predict(
      MemoryPrediction.Engine engine, MemoryPrediction.Step step, Heads... heads) {
    return new MemoryPrediction(
        List.of(heads).stream().map(MemoryPredictionTest::model).toList(),
        engine,
        List.of(step),
        MemoryPrediction.Device.CPU);
  }

  private static long part(MemoryPrediction prediction, String name) {
    return prediction.parts().stream()
        .filter(part -> part.name().startsWith(name))
        .mapToLong(MemoryPrediction.Part::bytes)
        .sum();
  }

  @Test
  void aModelsSizeIsThatOfItsWeightsOnceTheyAreThere() {
    try (LanguageModel model = TinyModel.create(1)) {
      assertThat(model(Heads.LANGUAGE).learning(0)).isEqualTo(model.weights().parameters());
      assertThat(model(Heads.LANGUAGE).learning(1)).isEqualTo(model.learningParameters(1));
    }
  }

  @Test
  void theOptimizerTakesFourBytesForEachWeightItsGradientsAndTwoMoments() {
    long parameters = model(Heads.LANGUAGE).learning(0) + model(Heads.SCORE).learning(0);
    MemoryPrediction both = predict(PLAIN, STEP, Heads.LANGUAGE, Heads.SCORE);
    assertThat(part(both, "weights")).isEqualTo(4 * parameters);
    assertThat(part(both, "gradients, 2 times")).isEqualTo(2 * 4 * parameters);
    assertThat(part(both, "moments")).isEqualTo(2 * 4 * parameters);
  }

  @Test
  void frozenLayersHaveNeitherGradientsNorMoments() {
    long learning = model(Heads.LANGUAGE).learning(1);
    MemoryPrediction frozen =
        predict(
            new MemoryPrediction.Engine(1, 4096, new PassOptions(1, false), Precision.FLOAT32),
            STEP,
            Heads.LANGUAGE);
    assertThat(part(frozen, "gradients")).isEqualTo(4 * learning);
    assertThat(part(frozen, "moments")).isEqualTo(8 * learning);
    assertThat(part(frozen, "weights")).isEqualTo(4 * model(Heads.LANGUAGE).learning(0));
  }

  @Test
  void inBfloat16ThereAreWeightsInBothPrecisionsAndPassesKeepHalf() {
    MemoryPrediction.Step noHead = new MemoryPrediction.Step(4096, 0, 64, 64, false);
    MemoryPrediction half =
        predict(
            new MemoryPrediction.Engine(2, 4096, PassOptions.PLAIN, Precision.BFLOAT16),
            noHead,
            Heads.SCORE);
    MemoryPrediction whole = predict(PLAIN, noHead, Heads.SCORE);
    assertThat(part(half, "weights")).isEqualTo((4 + 2) * model(Heads.SCORE).learning(0));
    assertThat(2 * part(half, "kept by passes")).isEqualTo(part(whole, "kept by passes"));
  }

  @Test
  void besideAnAdapterWeightsStandStillAndOnlyTheAdapterHasGradientsAndMoments() {
    MemoryPrediction.Model whole = model(Heads.LANGUAGE);
    MemoryPrediction adapted =
        new MemoryPrediction(
            List.of(whole.adapted(2)), PLAIN, List.of(STEP), MemoryPrediction.Device.CPU);
    long learning = whole.adapted(2).learning(0);
    assertThat(learning).isPositive().isLessThan(whole.learning(0) / 2);
    assertThat(part(adapted, "weights")).isEqualTo(4 * whole.learning(0));
    assertThat(part(adapted, "gradients")).isEqualTo(2 * 4 * learning);
    assertThat(part(adapted, "moments")).isEqualTo(8 * learning);
    assertThat(adapted.savings())
        .extracting(MemoryPrediction.Saving::setting)
        .noneMatch(setting -> setting.startsWith("lora."));
  }

  @Test
  void passesKeepAsMuchAsTheBudgetOfTokensAllows() {
    long whole = part(predict(PLAIN, STEP, Heads.LANGUAGE), "kept by passes");
    MemoryPrediction.Engine quarter =
        new MemoryPrediction.Engine(2, 1024, PassOptions.PLAIN, Precision.FLOAT32);
    assertThat(4 * part(predict(quarter, STEP, Heads.LANGUAGE), "kept by passes")).isEqualTo(whole);
  }

  @Test
  void aRowThatIsLongerThanTheBudgetIsAPassByItself() {
    MemoryPrediction.Step rows = new MemoryPrediction.Step(4096, 2048, 1024, 1024, false);
    MemoryPrediction.Engine narrow =
        new MemoryPrediction.Engine(1, 10, PassOptions.PLAIN, Precision.FLOAT32);
    MemoryPrediction.Engine exact =
        new MemoryPrediction.Engine(1, 1024, PassOptions.PLAIN, Precision.FLOAT32);
    assertThat(predict(narrow, rows, Heads.LANGUAGE).bytes())
        .isEqualTo(predict(exact, rows, Heads.LANGUAGE).bytes());
  }

  @Test
  void passesOfAllModelsAddUpOnlyIfTheyAreOpenTogether() {
    MemoryPrediction.Step together = new MemoryPrediction.Step(4096, 2048, 64, 64, true);
    Heads[] both = {Heads.LANGUAGE, Heads.SCORE};
    long policy = part(predict(PLAIN, STEP, Heads.LANGUAGE), "kept by passes");
    long value = part(predict(PLAIN, STEP, Heads.SCORE), "kept by passes");
    assertThat(part(predict(PLAIN, STEP, both), "kept by passes")).isEqualTo(policy);
    assertThat(part(predict(PLAIN, together, both), "kept by passes")).isEqualTo(policy + value);
  }

  @Test
  void theLargestStepHasTheLongestSequences() {
    List<LearningSequence> sequences =
        IntStream.of(3, 9, 5, 7)
            .mapToObj(length -> new LearningSequence(new int[length], marks(length)))
            .toList();
    assertThat(MemoryPrediction.Step.largest(sequences, 2))
        .isEqualTo(new MemoryPrediction.Step(16, 2, 9, 9, false));
  }

  /** Only the last token is learnt. */
  private static boolean[] marks(int length) {
    boolean[] marks = new boolean[length];
    marks[length - 1] = true;
    return marks;
  }

  @Test
  void savingsNeedLessTheGreatestFirst() {
    MemoryPrediction both = predict(PLAIN, STEP, Heads.LANGUAGE, Heads.SCORE);
    List<MemoryPrediction.Saving> savings = both.savings();
    assertThat(savings.stream().map(MemoryPrediction.Saving::setting).collect(Collectors.toSet()))
        .contains(
            "engine.recompute=true", "engine.micro-batch-tokens=1024", "engine.precision=bfloat16");
    assertThat(savings)
        .isSortedAccordingTo((a, b) -> Long.compare(a.bytes(), b.bytes()))
        .allSatisfy(saving -> assertThat(saving.bytes()).isLessThan(both.bytes()));
  }
}
