package dev.parley.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.ModelFiles;
import dev.parley.model.TinyModel;
import dev.parley.model.torchscript.EngineOptions;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EarlyWeightsTest {

  @TempDir private Path directory;
  private Path path;
  private LanguageModel model;
  private WeightFiles files;
  private EarlyWeights early;

  @BeforeEach
  void write() {
    Path origin = TinyModel.write(directory.resolve("origin"), 1);
    path = directory.resolve("several");
    model = TinyModel.create(2);
    ModelFiles.write(
        model, ModelDirectory.of(origin), path, StoredType.F32, 20_000, (file, count) -> {});
    files = WeightFiles.open(path);
    assertThat(files.paths()).hasSizeGreaterThan(3);
    early = new EarlyWeights(model.weights().slots(), EngineOptions.CPU);
  }

  @AfterEach
  void close() {
    early.close();
    files.close();
    model.close();
  }

  private float[] numbers(EarlyWeights.Finished finished) {
    return finished.weights().flat().toFloatArray();
  }

  @Test
  void filesReadInAnyOrderGiveTheWeightsAndTheirDigest() {
    for (int i = files.paths().size() - 1; i >= 0; i--) {
      early.read(files.paths().get(i));
    }
    EarlyWeights.Finished finished = early.finish(files);
    assertThat(numbers(finished)).isEqualTo(model.weights().flat().toFloatArray());
    assertThat(finished.digest()).isEqualTo(files.digest());
  }

  @Test
  void whatIsLeftIsReadAtTheEnd() {
    early.read(files.paths().get(1));
    EarlyWeights.Finished finished = early.finish(files);
    assertThat(numbers(finished)).isEqualTo(model.weights().flat().toFloatArray());
    assertThat(finished.digest()).isEqualTo(files.digest());
  }

  @Test
  void theDigestIsOfTheBytesThatWereRead() throws IOException {
    String announced = files.digest();
    Path first = files.paths().get(0);
    byte[] original = Files.readAllBytes(first);
    byte[] other = original.clone();
    other[other.length - 1] ^= 1;
    overwrite(first, other);
    early.read(first);
    overwrite(first, original);
    assertThat(early.finish(files).digest()).isNotEqualTo(announced);
  }

  private static void overwrite(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes, StandardOpenOption.TRUNCATE_EXISTING);
  }

  @Test
  void aFileThatCouldNotBeReadIsReadAtTheEnd() throws IOException {
    Path first = files.paths().get(0);
    byte[] whole = Files.readAllBytes(first);
    try (FileChannel channel = FileChannel.open(first, StandardOpenOption.WRITE)) {
      channel.truncate(whole.length - 4);
    }
    assertThatThrownBy(() -> early.read(first))
        .isInstanceOf(WeightException.class)
        .hasMessageContaining(first + " is truncated");
    assertThat(early.isEmpty()).isTrue();
    overwrite(first, whole);
    EarlyWeights.Finished finished = early.finish(files);
    assertThat(numbers(finished)).isEqualTo(model.weights().flat().toFloatArray());
    assertThat(finished.digest()).isEqualTo(files.digest());
  }

  @Test
  void tensorsOfAnotherModelAreRefused() {
    try (EarlyWeights other =
        new EarlyWeights(List.of(Slot.of("model.norm.weight", 7)), EngineOptions.CPU)) {
      assertThatThrownBy(() -> files.paths().forEach(other::read))
          .isInstanceOf(WeightException.class);
    }
  }

  @Test
  void weightsThatLackATensorAreRefused() {
    List<Slot> more = new ArrayList<>(model.weights().slots());
    more.add(Slot.of("one.more.weight", 2, 2));
    try (EarlyWeights wider = new EarlyWeights(more, EngineOptions.CPU)) {
      assertThatThrownBy(() -> wider.finish(files))
          .isInstanceOf(WeightException.class)
          .hasMessageContaining(path + " lacks [one.more.weight]");
    }
  }

  @Test
  void whatIsGivenAwayIsNotClosed() {
    EarlyWeights.Finished finished = early.finish(files);
    early.giveAway();
    early.close();
    assertThat(numbers(finished)).isEqualTo(model.weights().flat().toFloatArray());
    finished.weights().close();
  }
}
