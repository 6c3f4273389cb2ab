package dev.parley.cli.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeCommandTest {

  private static final TokenBatch BATCH = TokenBatch.of(List.of(new int[] {3, 1, 4, 1, 5}));

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path directory;
  private Path base;
  private Path adapter;
  private Path output;

  @BeforeEach
  void write() {
    base = TinyModel.write(directory.resolve("base"), 1);
    adapter = TinyModel.writeAdapter(directory.resolve("adapter"), base, Heads.LANGUAGE, 2);
    output = directory.resolve("merged");
  }

  private int merge(String... arguments) {
    List<String> all = new ArrayList<>(List.of("models", "merge", "--output", output.toString()));
    all.addAll(List.of(arguments));
    return Parley.run(terminal.terminal(), all.toArray(String[]::new));
  }

  private static float[] logProbs(Path model) {
    try (LanguageModel opened = LanguageModel.open(model, EngineOptions.CPU)) {
      return opened.logProbs(BATCH, 1).get(0);
    }
  }

  @Test
  void whatIsMergedStandsByItselfAndSaysTheSame() throws IOException {
    float[] expected = logProbs(adapter);

    assertThat(merge(adapter.toString())).as(terminal.err()).isZero();

    assertThat(terminal.out()).isEqualTo(output + "\n");
    Files.delete(base.resolve(WeightFiles.SINGLE_FILE));
    assertThat(logProbs(output)).containsExactly(expected, within(1e-6f));
    assertThat(output.resolve("tokenizer.json"))
        .hasSameBinaryContentAs(base.resolve("tokenizer.json"));
    assertThat(output.resolve("adapter_config.json")).doesNotExist();
  }

  @Test
  void theBaseMayBeElsewhereAndTheNumberFormatAnother() throws IOException {
    Path moved = Files.move(base, directory.resolve("moved"));

    assertThat(merge(adapter.toString(), "--base", moved.toString(), "--format", "bf16"))
        .as(terminal.err())
        .isZero();
    try (WeightFiles files = WeightFiles.open(output)) {
      assertThat(files.storedType()).isEqualTo(StoredType.BF16);
    }
  }

  @Test
  void aRewardAdapterKeepsWhatItsTrainerWroteDown() throws IOException {
    Path reward = TinyModel.writeAdapter(directory.resolve("reward"), base, Heads.SCORE, 2);
    Files.writeString(reward.resolve("reward_model.json"), "{}");

    assertThat(merge(reward.toString())).as(terminal.err()).isZero();
    assertThat(output.resolve("reward_model.json")).hasContent("{}");
    try (LanguageModel opened = LanguageModel.open(output, EngineOptions.CPU)) {
      assertThat(opened.heads()).isEqualTo(Heads.SCORE);
    }
  }

  @Test
  void whatCannotBeMergedIsSaid() throws IOException {
    assertThat(merge(base.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("is a model by itself: there is nothing to merge");

    Path other = TinyModel.write(directory.resolve("other"), 3);
    assertThat(merge(adapter.toString(), "--base", other.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("was made on weights with the SHA-256");
    assertThat(output).doesNotExist();

    Files.createDirectory(output);
    assertThat(merge(adapter.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains(output + " exists already");

    assertThat(Parley.run(terminal.terminal(), "models", "merge", adapter.toString()))
        .isEqualTo(ExitCode.USAGE);
  }
}
