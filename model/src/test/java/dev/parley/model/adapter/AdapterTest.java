package dev.parley.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.generation.Generator;
import dev.parley.model.weights.Weights;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A new adapter: what it has, and what it begins with. */
class AdapterTest {

  private static LoraSettings of(String... targets) {
    return new LoraSettings(4, 8, List.of(targets), 0, false);
  }

  @Test
  void aBeginsUniformWithinOneByTheRootOfItsInputsAndBAtZero() {
    try (LanguageModel base = TinyModel.create(1);
        LanguageModel model = base.adapted(of("down_proj"), Heads.LANGUAGE, 1)) {
      Weights weights = model.learning();
      double bound = 1 / Math.sqrt(64);
      double squares = 0;
      for (String name : weights.names()) {
        float[] values = weights.floats(name);
        if (name.contains("lora_B")) {
          assertThat(values).containsOnly(0);
          continue;
        }
        for (float value : values) {
          assertThat((double) value).isBetween(-bound, bound);
          squares += value * value;
        }
      }
      // The variance of U(-b, b) is b^2 / 3; two layers of 4 x 64.
      assertThat(squares / (2 * 4 * 64)).isCloseTo(bound * bound / 3, within(5e-4));
    }
  }

  @Test
  void theSameSeedGivesTheSameAdapter() {
    try (LanguageModel base = TinyModel.create(1);
        LanguageModel one = base.adapted(of("q_proj"), Heads.LANGUAGE_AND_VALUE, 1);
        LanguageModel again = base.adapted(of("q_proj"), Heads.LANGUAGE_AND_VALUE, 1);
        LanguageModel other = base.adapted(of("q_proj"), Heads.LANGUAGE_AND_VALUE, 2)) {
      float[] numbers = one.learning().flat().toFloatArray();
      assertThat(again.learning().flat().toFloatArray()).isEqualTo(numbers);
      assertThat(other.learning().flat().toFloatArray()).isNotEqualTo(numbers);
    }
  }

  @Test
  void aScoreHeadThatTheModelHasAlreadyIsWhereTheNewOneBegins() {
    try (LanguageModel language = TinyModel.create(1);
        LanguageModel reward = language.withHeads(Heads.SCORE, 5);
        LanguageModel adapted = reward.adapted(of("q_proj"), Heads.SCORE, 9)) {
      assertThat(adapted.learning().floats("base_model.model.score.weight"))
          .isEqualTo(reward.weights().floats("score.weight"));
    }
  }

  @Test
  void frozenLayersGetNoAdapter() {
    LoraSettings settings = new LoraSettings(4, 8, List.of("q_proj"), 0, false, 1);
    try (LanguageModel base = TinyModel.create(1);
        LanguageModel model = base.adapted(settings, Heads.LANGUAGE, 1)) {
      assertThat(model.learning().names()).isNotEmpty().allMatch(name -> name.contains("layers.1"));
      assertThat(model.adapter().orElseThrow().targets())
          .containsExactly("model.layers.1.self_attn.q_proj");
      assertThat(model.adapter().orElseThrow().lowestLayer()).isEqualTo(1);
      LoraSettings none = new LoraSettings(4, 8, List.of("q_proj", "v_proj"), 0, false, 2);
      assertThatThrownBy(() -> base.adapted(none, Heads.LANGUAGE, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "2 of the model's 2 layers are to be frozen, and the others have no projection q_proj or v_proj");
    }
  }

  @Test
  void namesOfTargetsAreAsShortAsTheyMayBe() {
    try (LanguageModel base = TinyModel.create(1);
        LanguageModel some = base.adapted(of("q_proj", "layers.1.mlp.up_proj"), Heads.LANGUAGE, 1);
        LanguageModel all = base.adapted(of(LoraSettings.ALL_LINEAR), Heads.LANGUAGE, 1)) {
      assertThat(some.adapter().orElseThrow().targets())
          .containsExactly("q_proj", "model.layers.1.mlp.up_proj");
      assertThat(all.adapter().orElseThrow().targets())
          .containsExactly(
              "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");
    }
  }

  @Test
  void aMisspeltTargetIsAnErrorThatNamesThoseThatThereAre() {
    try (LanguageModel base = TinyModel.create(1)) {
      assertThatThrownBy(() -> base.adapted(of("q_proj", "v_porj"), Heads.LANGUAGE, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "the model has no projection \"v_porj\"; it has q_proj, k_proj, v_proj, o_proj,"
                  + " gate_proj, up_proj, down_proj, and all-linear for all of them");
    }
  }

  @Test
  void anAdaptedModelIsNeitherCopiedNorAdaptedAgain() {
    try (LanguageModel base = TinyModel.create(1);
        LanguageModel model = base.adapted(of("q_proj"), Heads.LANGUAGE, 1)) {
      assertThatThrownBy(model::copy).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> model.withHeads(Heads.SCORE, 1))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> model.adapted(of("q_proj"), Heads.LANGUAGE, 1))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aGeneratorTakesMergedWeightsOnly() {
    try (LanguageModel base = TinyModel.create(1);
        LanguageModel model = base.adapted(of("q_proj"), Heads.LANGUAGE, 1)) {
      assertThatThrownBy(() -> new Generator(model, 1, 16))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("merge the adapter first");
    }
  }

  @Test
  void aRewardModelCannotBeAdaptedToPredictTokens() {
    try (LanguageModel language = TinyModel.create(1);
        LanguageModel reward = language.withHeads(Heads.SCORE, 5)) {
      assertThatThrownBy(() -> reward.adapted(of("q_proj"), Heads.LANGUAGE, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("LlamaForSequenceClassification predicts no tokens");
    }
  }
}
