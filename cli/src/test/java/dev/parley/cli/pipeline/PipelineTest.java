package dev.parley.cli.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineTest {

  private static final String GOOD =
      """
      name: two-steps
      inputs:
        base: org/name
        epochs: 2
      stages:
        - name: clean
          run: data dedup 'my raw.jsonl' --output ${output}
          output: clean.jsonl
        - name: sft
          train: sft
          model: ${base}
          data: ["${clean}", more.jsonl]
          settings:
            sft: {epochs: "${epochs}"}
            optimizer.learning-rate: 3e-3
            lora.targets: [q_proj, v_proj]
      """;

  @TempDir Path directory;

  @Test
  void stagesAreReadAsTheyStand() throws IOException {
    Pipeline pipeline = read(GOOD, Map.of("epochs", "5"));

    assertThat(pipeline.inputs()).containsEntry("base", "org/name").containsEntry("epochs", "5");
    Stage clean = pipeline.stages().get(0);
    assertThat(clean.words())
        .containsExactly("data", "dedup", "my raw.jsonl", "--output", "${output}");
    Stage sft = pipeline.stages().get(1);
    assertThat(sft.words()).containsExactly("train", "sft");
    assertThat(sft.named().get("data")).containsExactly("${clean}", "more.jsonl");
    assertThat(sft.settings())
        .containsEntry("sft.epochs", "${epochs}")
        .containsEntry("lora.targets", "q_proj,v_proj");
  }

  @Test
  void aMisspeltKeyIsRefusedWithTheNearest() {
    refuses(GOOD.replace("  model:", "  modle:"), "stage 2 has no key 'modle'", "mean \"model\"?");
    refuses(GOOD.replace("inputs:", "input:"), "it has no key 'input'", "did you mean \"inputs\"?");
    refuses(GOOD.replace("train:", "trian:"), "stage 2 has no key 'trian'", "mean \"train\"?");
    refuses(GOOD.replace("  output:", "  outptu:"), "stage 1 has no key 'outptu'", "\"output\"?");
  }

  @Test
  void aReferenceIsAnInputOrAnEarlierStage() {
    refuses(GOOD.replace("${clean}", "${clena}"), "stage sft refers to ${clena}", "\"clean\"?");
    refuses(GOOD.replace("${base}", "${sft}"), "stage sft refers to ${sft}, which is no input");
    refuses(GOOD.replace("${base}", "${output}"), "stage sft refers to ${output}");
  }

  @Test
  void whatCannotBeMeantIsRefused() {
    refuses(GOOD.replace("train: sft", "train: sft\n    run: data"), "expected either 'train' or");
    refuses(GOOD.replace("- name: sft", "- name: clean"), "two things are called 'clean'");
    refuses(GOOD.replace("output: clean.jsonl", "output: ../x"), "expected the name of a file");
    refuses("name: a\nname: b\n", "is no YAML: ", "duplicate key name");
    refuses("name: a b\nstages: []\n", "'name' is \"a b\"; expected a word");
    assertThatThrownBy(() -> read(GOOD, Map.of("epoch", "1")))
        .hasMessageContaining("it has no input 'epoch' to give")
        .hasMessageContaining("did you mean \"epochs\"?");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Path nowhere = directory.resolve("nowhere.yaml");
    assertThatThrownBy(() -> Pipeline.read(nowhere, Map.of()))
        .hasMessage("there is no file " + nowhere);
  }

  private void refuses(String text, String... words) {
    assertThatThrownBy(() -> read(text, Map.of()))
        .isInstanceOf(Failure.class)
        .message()
        .contains(directory.resolve("pipeline.yaml").toString())
        .contains(words);
  }

  private Pipeline read(String text, Map<String, String> given) throws IOException {
    return Pipeline.read(Files.writeString(directory.resolve("pipeline.yaml"), text), given);
  }
}
