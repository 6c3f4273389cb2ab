package dev.parley.cli.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.model.ModelDirectory;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.weights.Digests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path directory;

  @Test
  void aLanguageModelIsShownWithShapeFilesTokenizerAndTemplate() {
    Path model = TinyModel.write(directory.resolve("model"), 1);

    assertThat(inspect(model)).isEqualTo(ExitCode.OK);

    // D = 32, two layers, 4 heads of 8 over 2 of keys and values, F = 64, V = 259.
    long embedding = 259 * 32;
    long attention = 2 * (32 * (4 + 2 * 2) * 8 + 4 * 8 * 32);
    long feedForward = 2 * 3 * 32 * 64;
    long norms = 5 * 32;
    assertThat(terminal.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "architecture LlamaForCausalLM",
            "gives tokens",
            "attention heads 4 of width 8, sharing 2 keys and values",
            "number format float32",
            "parameters %,d".formatted(embedding + attention + feedForward + norms),
            " embedding %,d 30.8%%".formatted(embedding),
            " attention %,d 22.9%%".formatted(attention),
            " feed-forward %,d 45.7%%".formatted(feedForward),
            " norms %,d 0.6%%".formatted(norms),
            " the output head is the embedding",
            "eos_token <|im_end|> (258)",
            "ends an answer <|im_end|> (258)",
            " How do I fix a lamp?<|im_end|>")
        .doesNotContain(" score head 32 0.1%");
    assertThat(terminal.out())
        .contains(Digests.ofFile(model.resolve("model.safetensors")))
        .contains("tokens, of which 17 are the assistant's");
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void aRewardModelIsShownWithItsHeadAndWhatItsTrainerWrote() throws IOException {
    Path model = TinyModel.writeReward(directory.resolve("model"), 1);
    Files.writeString(
        model.resolve("reward_model.json"), "{\"score_mean\":0.5,\"held_out_agreement\":0.71}");

    assertThat(inspect(model)).isZero();

    assertThat(terminal.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "architecture LlamaForSequenceClassification",
            "gives one score (a reward model)",
            " score head 32 0.1%",
            "held_out_agreement 0.71");
  }

  @Test
  void aRewardModelOfSeveralAttributesIsShownWithEach() throws IOException {
    Path model = TinyModel.writeReward(directory.resolve("model"), 1, 2);
    Files.writeString(
        model.resolve("reward_model.json"),
        """
        {"attributes":[{"attribute":"helpful","ratings":9},{"attribute":"long","ratings":8}]}
        """);

    assertThat(inspect(model)).isZero();

    assertThat(terminal.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "gives 2 scores (a reward model of several attributes)",
            " score head 64 0.2%",
            "helpful {\"ratings\":9}",
            "long {\"ratings\":8}");
  }

  @Test
  void anAdapterIsShownWithItsBase() {
    Path base = TinyModel.write(directory.resolve("base"), 1);
    Path adapter = TinyModel.writeAdapter(directory.resolve("adapter"), base, Heads.LANGUAGE, 2);

    assertThat(inspect(adapter)).isZero();

    // Rank 2, two layers: q, o of 32 + 32; k, v of 32 + 16; gate, up, down of 32 + 64.
    long numbers = 2 * 2 * (2 * 64 + 2 * 48 + 3 * 96);
    assertThat(terminal.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "adapter " + adapter,
            "rank 2",
            "alpha 4.0, scale 2.0",
            "targets q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj",
            "numbers %,d in 28 tensors".formatted(numbers),
            "on its base (SHA-256) " + ModelDirectory.of(adapter).digest(),
            "base " + base,
            "gives tokens");
    assertThat(terminal.out())
        .contains(Digests.ofFile(adapter.resolve("adapter_model.safetensors")))
        .contains("tokens, of which 17 are the assistant's");
  }

  @Test
  void aRewardAdapterOnALanguageModelGivesAScore() {
    Path base = TinyModel.write(directory.resolve("base"), 1);
    Path adapter = TinyModel.writeAdapter(directory.resolve("adapter"), base, Heads.SCORE, 2);

    assertThat(inspect(adapter)).isZero();
    assertThat(terminal.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "architecture LlamaForSequenceClassification", "gives one score (a reward model)");
  }

  @Test
  void anAdapterWhoseBaseIsGoneNamesIt() throws IOException {
    Path base = TinyModel.write(directory.resolve("base"), 1);
    Path adapter = TinyModel.writeAdapter(directory.resolve("adapter"), base, Heads.LANGUAGE, 2);
    Path moved = Files.move(base, directory.resolve("moved"));

    assertThat(inspect(adapter)).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("names the base model", base.toString());
    assertThat(
            Parley.run(
                terminal.terminal(),
                "models",
                "inspect",
                adapter.toString(),
                "--base",
                moved.toString()))
        .isZero();
  }

  @Test
  void aTruncatedFileIsNamed() throws IOException {
    Path model = TinyModel.write(directory.resolve("model"), 1);
    Path weights = model.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(bytes, bytes.length - 100));

    assertThat(inspect(model)).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).startsWith("parley: " + weights);
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void aTensorOfAnotherShapeIsNamedWithItsFile() throws IOException {
    Path model = TinyModel.write(directory.resolve("model"), 1);
    replaceInConfig(model, "\"intermediate_size\": 64", "\"intermediate_size\": 80");

    assertThat(inspect(model)).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err())
        .contains(model.resolve("model.safetensors") + ": tensor model.layers.0.mlp.")
        .contains("config.json asks for [80, 32]");
  }

  @Test
  void anUnknownArchitectureIsNamed() throws IOException {
    Path model = TinyModel.write(directory.resolve("model"), 1);
    replaceInConfig(model, "\"model_type\": \"llama\"", "\"model_type\": \"mamba\"");

    assertThat(inspect(model)).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("\"model_type\" is \"mamba\", which Parley does not know");
  }

  @Test
  void withoutATokenizerTheWeightsAreShownAllTheSame() throws IOException {
    Path model = TinyModel.write(directory.resolve("model"), 1);
    Files.delete(model.resolve("tokenizer.json"));

    assertThat(inspect(model)).isZero();
    assertThat(terminal.out()).contains("parameters", "not usable: " + model, "tokenizer.json");
  }

  private int inspect(Path model) {
    return Parley.run(terminal.terminal(), "models", "inspect", model.toString());
  }

  private static void replaceInConfig(Path model, String old, String replacement)
      throws IOException {
    Path config = model.resolve("config.json");
    String text = Files.readString(config);
    assertThat(text).contains(old);
    Files.writeString(config, text.replace(old, replacement));
  }
}
