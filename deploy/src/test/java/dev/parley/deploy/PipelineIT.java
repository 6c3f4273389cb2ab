package dev.parley.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.model.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of {@code deploy/pipelines} at toy size, with the real trainer. */
class PipelineIT {

  private static final Path ROOT = Path.of(System.getProperty("parley.root"));
  private static final int ROWS = 40;

  @TempDir Path directory;

  @Test
  void aRewardModelIsTrainedOnAFineTunedModelAndASecondRunDoesNothing() throws Exception {
    TinyModel.write(directory.resolve("base"), 3);
    StringBuilder demonstrations = new StringBuilder();
    StringBuilder pairs = new StringBuilder();
    for (int i = 0; i < ROWS; i++) {
      String row = "{\"prompt\":\"q%d\",\"completion\":\"yes %d\"}\n".formatted(i, i);
      demonstrations.append(row).append(row);
      pairs.append("{\"prompt\":\"q%d\",\"chosen\":\"yes\",\"rejected\":\"no\"}\n".formatted(i));
    }
    Files.writeString(directory.resolve("demos.jsonl"), demonstrations);
    Files.writeString(directory.resolve("pairs.jsonl"), pairs);

    String first = pipeline();
    assertThat(first).contains("  repeated  40  50.0%", "3/3  reward", "done: ");
    Path runs = directory.resolve("runs/sft-reward");
    assertThat(runs.resolve("sft/model/model.safetensors")).exists();
    JsonNode lineage =
        new ObjectMapper().readTree(runs.resolve("reward/model/lineage.json").toFile());
    assertThat(lineage.at("/maker").asText()).isEqualTo("train reward-model");
    assertThat(lineage.at("/ancestors/0/lineage/maker").asText()).isEqualTo("train sft");
    assertThat(lineage.at("/ancestors/0/lineage/ancestors/1/lineage/maker").asText())
        .isEqualTo("data dedup");

    assertThat(pipeline().lines().filter(line -> line.endsWith("done, nothing has changed")))
        .hasSize(3);
  }

  private String pipeline() throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dparley.root=" + ROOT,
                "-jar",
                ROOT.resolve("cli/target/parley-cli.jar").toString(),
                "pipeline",
                "run",
                ROOT.resolve("deploy/pipelines/sft-reward.yaml").toString()));
    for (String input :
        List.of("base=base", "demonstrations=demos.jsonl", "preferences=pairs.jsonl")) {
      command.addAll(List.of("--input", input));
    }
    Path out = directory.resolve("out.log");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    try {
      assertThat(process.waitFor(4, TimeUnit.MINUTES)).as("ended in time").isTrue();
    } finally {
      process.destroy();
    }
    String printed = Files.readString(out);
    assertThat(process.exitValue()).as(printed).isZero();
    return printed;
  }
}
