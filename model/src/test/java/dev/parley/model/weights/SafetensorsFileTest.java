package dev.parley.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {

  private static final String ONE_TENSOR =
      """
      {"a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}}""";

  @TempDir private Path directory;

  private Path file(String header, int dataBytes) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return file(
        ByteBuffer.allocate(8 + text.length + dataBytes)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(text.length)
            .put(text)
            .array());
  }

  private Path file(byte[] bytes) {
    try {
      return Files.write(directory.resolve("x.safetensors"), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertRefused(Path file, String... words) {
    assertThatThrownBy(() -> SafetensorsFile.open(file).close())
        .isInstanceOf(WeightException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContainingAll(words);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void whatIsWrittenIsReadAgain(StoredType type) {
    float[] values = {0, -0f, 1, -1.5f, 0.25f, 1024, 0x1p-14f, Float.NEGATIVE_INFINITY};
    Path file = directory.resolve("written.safetensors");
    SafetensorsWriter.write(
        file,
        List.of(
            new SafetensorsWriter.Tensor("scalar", type, List.of(), (first, n) -> new float[] {3}),
            new SafetensorsWriter.Tensor(
                "matrix",
                type,
                List.of(2L, 4L),
                (first, n) -> Arrays.copyOfRange(values, (int) first, (int) first + n)),
            new SafetensorsWriter.Tensor(
                "none", type, List.of(0L, 4L), (first, n) -> new float[n])));
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.names()).containsExactly("scalar", "matrix", "none");
      assertThat(read.floats("scalar")).containsExactly(3);
      assertThat(read.floats("matrix")).isEqualTo(values);
      assertThat(read.floats("matrix", 3, 2)).containsExactly(-1.5f, 0.25f);
      assertThat(read.floats("none")).isEmpty();
      assertThat(read.entry("matrix").shape()).containsExactly(2L, 4L);
      assertThat(read.entry("matrix").type()).isEqualTo(type);
      assertThat(read.metadata()).containsEntry("format", "pt");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 8, 20, 71, 72, 79})
  void aTruncatedFileIsNamed(int bytes) throws IOException {
    byte[] whole = Files.readAllBytes(file(ONE_TENSOR, 8));
    assertThat(bytes).isLessThan(whole.length);
    assertRefused(file(Arrays.copyOf(whole, bytes)), "is truncated");
  }

  @Test
  void bytesAfterTheLastTensorAreRefused() {
    assertRefused(file(ONE_TENSOR, 9), "1 bytes after its last tensor");
  }

  @Test
  void aFileOfSomethingElseIsRefused() {
    assertRefused(file(new byte[100]), "is not a safetensors file");
    assertRefused(file("no JSON at all", 0), "its header is no JSON");
    assertRefused(file("[1, 2]", 0), "no JSON object");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'a': 5}",
        "{'a': {'dtype': 'F8', 'shape': [2], 'data_offsets': [0, 8]}}",
        "{'a': {'dtype': 'F32', 'shape': [3], 'data_offsets': [0, 8]}}",
        "{'a': {'dtype': 'F32', 'shape': [-2], 'data_offsets': [0, 8]}}",
        "{'a': {'dtype': 'F32', 'shape': [2.5], 'data_offsets': [0, 8]}}",
        "{'a': {'dtype': 'F32', 'shape': [2], 'data_offsets': [0]}}",
        "{'a': {'dtype': 'F32', 'shape': [2]}}",
        "{'a': {'dtype': 'F32', 'shape': [999999999999, 999999999999], 'data_offsets': [0, 8]}}",
      })
  void aTensorThatMakesNoSenseIsNamed(String header) {
    assertRefused(file(header.replace('\'', '"'), 8), "tensor a ", "expected");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[4, 12]", "[12, 20]"})
  void overlapsAndGapsAreRefused(String secondOffsets) {
    String header =
        """
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
         "b": {"dtype": "F32", "shape": [2], "data_offsets": %s}}"""
            .formatted(secondOffsets);
    assertRefused(file(header, 20), "tensor b begins at byte", "neither overlap nor leave gaps");
  }

  @Test
  void aTensorThatIsNotThereIsNamed() {
    try (SafetensorsFile read = SafetensorsFile.open(file(ONE_TENSOR, 8))) {
      assertThatThrownBy(() -> read.floats("b")).hasMessageEndingWith("has no tensor b");
      assertThatThrownBy(() -> read.longs("a")).hasMessageEndingWith("is F32, expected I64");
    }
  }

  @Test
  void aFileThatIsThereIsNotOverwritten() {
    Path file = file(ONE_TENSOR, 8);
    assertThatThrownBy(() -> SafetensorsWriter.write(file, List.of()))
        .isInstanceOf(WeightException.class)
        .hasMessageContaining(file.toString());
  }
}
