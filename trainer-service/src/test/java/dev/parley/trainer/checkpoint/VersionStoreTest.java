package dev.parley.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.TinyModel;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightFiles;
import dev.parley.trainer.checkpoint.VersionStore.Version;
import dev.parley.trainer.checkpoint.VersionStore.WrittenFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VersionStoreTest {

  @TempDir private static Path shared;
  private static ModelDirectory origin;
  private static LanguageModel model;

  @TempDir private Path parent;
  private VersionStore store;

  @BeforeAll
  static void model() {
    origin = ModelDirectory.of(TinyModel.write(shared.resolve("model"), 1));
    model = TinyModel.create(2);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @BeforeEach
  void store() {
    store = new VersionStore(parent, origin, StoredType.F32, 3);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> children = Files.list(parent)) {
      return children.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void theChecksumIsTheDigestOfTheWeightFiles() {
    Version version = store.write(1, model);
    try (WeightFiles files = WeightFiles.open(version.directory())) {
      assertThat(version.checksum()).isEqualTo(files.digest());
    }
    assertThat(store.digest(version.directory())).isEqualTo(version.checksum());
  }

  @Test
  void theDirectoryLoadsAsTheModelThatWasWritten() {
    Version version = store.write(1, model);
    try (LanguageModel loaded = LanguageModel.open(version.directory(), EngineOptions.CPU)) {
      assertThat(loaded.weights().flat().toFloatArray())
          .isEqualTo(model.weights().flat().toFloatArray());
    }
    assertThat(version.directory().resolve("tokenizer.json")).exists();
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "F16"})
  void everyNumberFormatLoads(StoredType type) {
    Version version = new VersionStore(parent, origin, type, 1).write(1, model);
    try (LanguageModel loaded = LanguageModel.open(version.directory(), EngineOptions.CPU)) {
      assertThat(loaded.weights().parameters()).isEqualTo(model.weights().parameters());
    }
  }

  @Test
  void aVersionInSeveralFilesLoadsAndHasTheirDigest() {
    VersionStore inSmallFiles =
        new VersionStore(parent, origin, StoredType.F32, 1, OptionalLong.of(20_000));
    Version version = inSmallFiles.write(1, model);

    try (WeightFiles files = WeightFiles.open(version.directory())) {
      assertThat(files.paths()).hasSizeGreaterThan(2);
      assertThat(version.checksum()).isEqualTo(files.digest());
    }
    assertThat(inSmallFiles.find(1, version.checksum())).contains(version);
    try (LanguageModel loaded = LanguageModel.open(version.directory(), EngineOptions.CPU)) {
      assertThat(loaded.weights().flat().toFloatArray())
          .isEqualTo(model.weights().flat().toFloatArray());
    }
  }

  @Test
  void eachFileIsToldOfWithItsChecksumBeforeTheVersionIsThere() {
    VersionStore inSmallFiles =
        new VersionStore(parent, origin, StoredType.F32, 1, OptionalLong.of(20_000));
    Map<String, WrittenFile> told = new ConcurrentHashMap<>();
    Version version =
        inSmallFiles.write(
            7,
            model,
            file -> {
              assertThat(parent.resolve("version-000007")).doesNotExist();
              assertThat(file.path()).exists();
              told.put(file.path().getFileName().toString(), file);
            });

    try (WeightFiles files = WeightFiles.open(version.directory())) {
      assertThat(told)
          .containsOnlyKeys(
              files.paths().stream().map(path -> path.getFileName().toString()).toList());
      assertThat(told.values())
          .allMatch(file -> file.number() == 7 && file.files() == files.paths().size());
      assertThat(files.digest(path -> told.get(path.getFileName().toString()).checksum()))
          .isEqualTo(version.checksum())
          .isEqualTo(files.digest());
    }
    assertThat(inSmallFiles.find(7, version.checksum())).contains(version);
  }

  @Test
  void theSameWeightsHaveTheSameChecksumWhateverTheirNumber() {
    assertThat(store.write(1, model).checksum()).isEqualTo(store.write(2, model).checksum());
  }

  @Test
  void otherWeightsHaveAnotherChecksum() {
    try (LanguageModel other = TinyModel.create(3)) {
      assertThat(store.write(1, other).checksum()).isNotEqualTo(store.write(2, model).checksum());
    }
  }

  @Test
  void theNewestFewAreKept() throws IOException {
    for (long number = 1; number <= 5; number++) {
      store.write(number, model);
      store.prune(number);
    }
    assertThat(names()).containsExactly("version-000003", "version-000004", "version-000005");
  }

  @Test
  void allVersionsAreThereUntilTheNewestIsAnnounced() throws IOException {
    for (long number = 1; number <= 5; number++) {
      store.write(number, model);
    }
    assertThat(names()).hasSize(5);
  }

  @Test
  void aRunThatWentBackKeepsTheVersionThatItWrites() throws IOException {
    for (long number = 7; number <= 9; number++) {
      store.write(number, model);
    }
    Version version = store.write(4, model);
    store.prune(4);
    assertThat(version.directory().resolve("config.json")).exists();
    assertThat(names()).containsExactly("version-000004");
  }

  @Test
  void aVersionOnDiskIsFoundByNumberAndChecksum() {
    Version version = store.write(1, model);
    assertThat(store.find(1, version.checksum())).contains(version);
    assertThat(store.find(2, version.checksum())).isEmpty();
    assertThat(store.find(1, "another")).isEmpty();
  }

  @Test
  void aDamagedVersionIsNotFound() throws IOException {
    Version version = store.write(1, model);
    Files.writeString(version.directory().resolve("model.safetensors"), "short");
    assertThat(store.find(1, version.checksum())).isEmpty();
  }
}
