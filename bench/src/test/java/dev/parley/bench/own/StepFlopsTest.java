package dev.parley.bench.own;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.family.ModelConfig;
import dev.parley.model.torchscript.EngineOptions;
import org.junit.jupiter.api.Test;

class StepFlopsTest {

  @Test
  void aGroupedQueryModelIsCountedAsByHand() {
    DecoderShape shape = shape(1, true);

    // Queries and output 4·4 each, keys and values 4·2 each, three matrices of 4·8.
    double layer = 16 + 16 + 8 + 8 + 3 * 32;
    // 2 rows of 3 tokens, of which 2 are read; the head is 10·4; a row has 1 + 2 pairs, 4 wide.
    double matrices = 6 * (3 * layer * 4 + 40 * 4);
    double attention = 12 * 4 * 3 * 6;
    assertThat(StepFlops.of(shape, 2, 3)).isEqualTo(matrices + attention);
  }

  @Test
  void keysAndValuesOfAllHeadsCostMore() {
    assertThat(StepFlops.layerMatrices(shape(2, true)) - StepFlops.layerMatrices(shape(1, true)))
        .isEqualTo(2 * 4 * 2);
  }

  /** A model of 3 layers, 4 wide, with 2 heads and 10 tokens. */
  static DecoderShape shape(int keyValueHeads, boolean tied) {
    JsonObject config =
        JsonParser.parseString(
                """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 10,
                 "hidden_size": 4, "intermediate_size": 8, "num_hidden_layers": 3,
                 "num_attention_heads": 2, "num_key_value_heads": %d, "hidden_act": "silu",
                 "max_position_embeddings": 16, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
                 "tie_word_embeddings": %b}
                """
                    .formatted(keyValueHeads, tied))
            .getAsJsonObject();
    try (LanguageModel model =
        LanguageModel.create(new ModelConfig("test", config), 1, EngineOptions.CPU)) {
      return model.shape();
    }
  }
}
