package dev.parley.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.parley.model.family.ModelConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read of PEFT's configuration, and what is refused. */
class AdapterConfigTest {

  @TempDir private Path directory;

  private AdapterConfig read(String fields) throws IOException {
    JsonObject json =
        JsonParser.parseString("{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 8}")
            .getAsJsonObject();
    JsonParser.parseString(fields).getAsJsonObject().asMap().forEach(json::add);
    Files.writeString(directory.resolve(AdapterConfig.FILE), json.toString());
    return AdapterConfig.read(directory);
  }

  @Test
  void theScaleIsAlphaByTheRank() throws IOException {
    assertThat(read("{}").scale("model.layers.0.mlp.up_proj", 4)).isEqualTo(2);
    assertThat(read("{}").scale("model.layers.0.mlp.up_proj", 2))
        .as("of a projection whose rank is another")
        .isEqualTo(4);
  }

  @Test
  void aStabilisedScaleIsAlphaByTheRootOfTheRank() throws IOException {
    assertThat(read("{\"use_rslora\": true}").scale("q_proj", 4)).isEqualTo(4);
  }

  @Test
  void alphasOfPatternsAreTakenAsPeftMatchesThem() throws IOException {
    AdapterConfig config =
        read("{\"alpha_pattern\": {\"layers.1.mlp.up_proj\": 16, \"v_proj\": 2, \"k_.*\": 1}}");
    assertThat(config.scale("model.layers.1.mlp.up_proj", 4)).isEqualTo(4);
    assertThat(config.scale("model.layers.0.mlp.up_proj", 4)).isEqualTo(2);
    assertThat(config.scale("model.layers.0.self_attn.v_proj", 4)).isEqualTo(0.5);
    assertThat(config.scale("model.layers.0.self_attn.k_proj", 4)).isEqualTo(0.25);
  }

  @Test
  void targetsMayBeAListOrOneText() throws IOException {
    assertThat(read("{\"target_modules\": [\"q_proj\", \"v_proj\"]}").targets())
        .containsExactly("q_proj", "v_proj");
    assertThat(read("{\"target_modules\": \"all-linear\"}").targets())
        .containsExactly("all-linear");
    assertThat(read("{}").targets()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"peft_type": "IA3"}                         | "peft_type" is "IA3"
          {"use_dora": true}                           | "use_dora" is true
          {"lora_bias": true}                          | "lora_bias" is true
          {"bias": "all"}                              | "bias" is "all"
          {"init_lora_weights": "pissa"}               | "init_lora_weights" is "pissa"
          {"layer_replication": [[0, 2]]}              | "layer_replication" is [[0,2]]
          {"target_parameters": ["experts.up"]}        | "target_parameters" is ["experts.up"]
          {"trainable_token_indices": [1]}             | "trainable_token_indices" is [1]
          {"task_type": "TOKEN_CLS"}                   | "task_type" is "TOKEN_CLS"
          {"r": 0}                                     | "r" is 0
          {"alpha_pattern": {"(": 1}}                  | no regular expression
          """)
  void whatIsNoPlainLoraIsRefusedByItsField(String fields, String words) {
    assertThatThrownBy(() -> read(fields))
        .isInstanceOf(ModelConfigException.class)
        .hasMessageContaining(directory.resolve(AdapterConfig.FILE).toString())
        .hasMessageContaining(words);
  }

  @ParameterizedTest
  @CsvSource({"0, 8, 0", "4, 0, 0", "4, NaN, 0", "4, 8, 1", "4, 8, -0.1"})
  void settingsOutOfRangeAreRefused(int rank, double alpha, double dropout) {
    assertThatThrownBy(
            () -> new LoraSettings(rank, alpha, List.of(LoraSettings.ALL_LINEAR), dropout, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected");
  }
}
