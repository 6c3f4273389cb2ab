package dev.parley.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code deploy/size.sh} calculates what {@code docs/operations.md} shows. */
class SizeTest {

  @Test
  void theTableOfTheDocumentIsWhatTheScriptPrints() throws Exception {
    assertThat(Files.readString(Path.of("../docs/operations.md")))
        .contains(size(Map.of(), "10000", "256", "256", "4"));
  }

  @Test
  void aSmallerGpuSaysWhatDoesNotFitAndASlowerOneNeedsMorePods() throws Exception {
    List<String> row =
        row(
            "8B",
            size(
                Map.of("GPU_GB", "24", "GPU_TBS", "0.3", "GPU_TFLOPS", "121"),
                "10000",
                "256",
                "256",
                "4"));

    assertThat(row.get(2)).isEqualTo("20.4, 6 k, 2");
    assertThat(row.get(3)).isEqualTo("19.3, 19 k, 1");
    assertThat(row.get(5)).isEqualTo("37 (too large for one GPU)");
    assertThat(row.get(7)).startsWith("5, and the trainer limits the run to ");
  }

  @Test
  void sharesThatWereMeasuredTakeThePlaceOfThoseThatWereAssumed() throws Exception {
    String half = size(Map.of("SHARE_BANDWIDTH", "0.2"), "10000", "256", "256", "4");

    assertThat(row("1.5B", half).get(2)).isEqualTo("4.0, 159 k, 1");
  }

  private static List<String> row(String model, String table) {
    return table
        .lines()
        .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toList())
        .filter(cells -> cells.size() > 1 && cells.get(1).equals(model))
        .findFirst()
        .orElseThrow();
  }

  private static String size(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    ProcessBuilder process =
        new ProcessBuilder(
            Stream.concat(Stream.of("bash", "size.sh"), Arrays.stream(arguments)).toList());
    process.environment().putAll(environment);
    Process size = process.redirectErrorStream(true).start();
    String text = new String(size.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(size.waitFor()).as(text).isZero();
    return text.strip();
  }
}
