package dev.parley.trainer.recipe.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.model.FixtureDirectory;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.PassOptions;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Precision;
import dev.parley.trainer.experience.AnswerPair;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.LearningRateSchedule;
import dev.parley.trainer.preference.AnswerLogProbs;
import dev.parley.trainer.preference.PairLoss;
import dev.parley.trainer.preference.PairObjective;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The recipe's whole optimizer steps, however they are split, against {@code e2e/dpo}. */
class FixtureDpoStepTest {

  /** A pair of one step, and a batch of answers that one worker of several goes through. */
  @ParameterizedTest
  @CsvSource({"1, 1000", "1, 1", "2, 20"})
  void lossesAndGradientNormsOfAllStepsAreTheReferences(int workers, int tokens)
      throws IOException {
    Assumptions.assumeTrue(FixtureDirectory.has("e2e/dpo"));
    Path directory = FixtureDirectory.resolve("e2e/dpo");
    JsonNode fixture = new ObjectMapper().readTree(directory.resolve("dpo.json").toFile());
    JsonNode optimizer = fixture.get("optimizer");
    List<AnswerPair> pairs = pairs(fixture.get("inputs"));
    try (Accumulation accumulation =
            new Accumulation(new Accumulation.Settings(tokens, workers, workers));
        Learner learner =
            learner(
                LanguageModel.open(directory.resolve("policy"), EngineOptions.CPU),
                optimizer,
                workers)) {
      PairObjective objective = objective(directory, fixture, pairs, accumulation);
      for (JsonNode step : fixture.get("steps")) {
        Metrics metrics = learn(learner, objective, pairs, accumulation);
        agree(metrics.get(DpoMetrics.LOSS), step.get("loss").asDouble(), fixture);
        double norm = step.get("total_grad_norm_before_clip").asDouble();
        assertThat(learner.step().gradientNorm()).isCloseTo(norm, within(1e-3 * norm));
      }
      agree(
          objective.evaluate(learner.model(), pairs, accumulation).metrics().get("eval_loss"),
          fixture.get("loss_after_all_steps").asDouble(),
          fixture);
    }
  }

  private static Metrics learn(
      Learner learner, PairObjective objective, List<AnswerPair> pairs, Accumulation accumulation) {
    return Metrics.sum(
        accumulation.learn(
            List.of(learner), List.of(objective.work(learner, pairs, accumulation))));
  }

  private static void agree(double measured, double loss, JsonNode fixture) {
    JsonNode tolerance = fixture.at("/tolerance/loss");
    double allowed =
        tolerance.get("atol").asDouble() + tolerance.get("rtol").asDouble() * Math.abs(loss);
    assertThat(measured).isCloseTo(loss, within(allowed));
  }

  private static PairObjective objective(
      Path directory, JsonNode fixture, List<AnswerPair> pairs, Accumulation accumulation) {
    Map<LearningSequence, Float> reference = new IdentityHashMap<>();
    List<LearningSequence> answers = pairs.stream().flatMap(p -> p.answers().stream()).toList();
    try (LanguageModel model =
        LanguageModel.open(directory.resolve("reference"), EngineOptions.CPU)) {
      float[] logProbs = AnswerLogProbs.of(model, answers, accumulation);
      for (int i = 0; i < logProbs.length; i++) {
        reference.put(answers.get(i), logProbs[i]);
      }
    }
    DpoLoss.Settings settings = DpoLoss.Settings.dpo(fixture.get("beta").asDouble());
    return (logProbs, batch) -> {
      float[] ref = new float[batch.answers().size()];
      for (int i = 0; i < ref.length; i++) {
        ref[i] = reference.get(batch.answers().get(i));
      }
      NDArray refLogProbs = logProbs.getManager().create(ref);
      PairLoss result =
          DpoLoss.of(
              logProbs,
              refLogProbs,
              batch.rows(),
              new float[batch.pairs().size()],
              batch.allPairs(),
              settings);
      return result.term();
    };
  }

  private static Learner learner(LanguageModel policy, JsonNode optimizer, int workers) {
    AdamW.Settings settings =
        new AdamW.Settings(
            optimizer.at("/betas/0").asDouble(),
            optimizer.at("/betas/1").asDouble(),
            optimizer.get("eps").asDouble(),
            optimizer.get("weight_decay").asDouble(),
            optimizer.get("max_grad_norm").asDouble());
    LearningRateSchedule schedule =
        new LearningRateSchedule(
            LearningRateSchedule.Decay.CONSTANT, optimizer.get("lr").asDouble(), 0, 10, 0);
    return new Learner(
        policy,
        settings,
        schedule,
        new Learner.Engine(workers, Precision.FLOAT32, PassOptions.PLAIN));
  }

  private static List<AnswerPair> pairs(JsonNode inputs) {
    int half = inputs.get("input_ids").size() / 2;
    List<AnswerPair> pairs = new ArrayList<>();
    for (int i = 0; i < half; i++) {
      pairs.add(new AnswerPair(answer(inputs, i), answer(inputs, half + i)));
    }
    return pairs;
  }

  private static LearningSequence answer(JsonNode inputs, int row) {
    List<Integer> tokens = new ArrayList<>();
    List<Boolean> marks = new ArrayList<>();
    for (int t = 0; t < inputs.get("input_ids").get(row).size(); t++) {
      if (inputs.get("attention_mask").get(row).get(t).asInt() != 0) {
        tokens.add(inputs.get("input_ids").get(row).get(t).asInt());
        marks.add(inputs.get("completion_mask").get(row).get(t).asInt() != 0);
      }
    }
    boolean[] learnt = new boolean[marks.size()];
    for (int t = 0; t < learnt.length; t++) {
      learnt[t] = marks.get(t);
    }
    return new LearningSequence(tokens.stream().mapToInt(Integer::intValue).toArray(), learnt);
  }
}
