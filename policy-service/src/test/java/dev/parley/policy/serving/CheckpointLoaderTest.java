package dev.parley.policy.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.TinyModel;
import dev.parley.model.adapter.AdapterConfig;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.weights.WeightFiles;
import dev.parley.policy.serving.CheckpointRefusedException.Reason;
import dev.parley.proto.version.v1.PolicyVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointLoaderTest {

  @TempDir static Path started;

  private static Path start;
  private static LanguageModel running;
  private static CheckpointLoader loader;

  @TempDir Path directory;

  private Checkpoints checkpoints;

  @BeforeAll
  static void open() {
    start = TinyModel.write(started.resolve("start"), 1);
    running = TinyModel.create(1);
    loader = loader();
  }

  private static CheckpointLoader loader() {
    return new CheckpointLoader(
        ModelDirectory.of(start), running.shape(), running.weights(), running.options());
  }

  @AfterAll
  static void close() {
    running.close();
  }

  @BeforeEach
  void prepare() {
    checkpoints = new Checkpoints(directory);
  }

  private static void assertRefused(PolicyVersion announced, Reason reason, String message) {
    assertThatThrownBy(() -> loader.load(announced))
        .isInstanceOfSatisfying(
            CheckpointRefusedException.class,
            refusal -> assertThat(refusal.reason()).isEqualTo(reason))
        .hasMessageContaining(message);
  }

  @Test
  void whatWasAnnouncedIsLoaded() throws Exception {
    Path good = checkpoints.write(2);
    try (LanguageModel loaded = loader.load(Checkpoints.announce("run", 1, good));
        LanguageModel expected = TinyModel.create(2)) {
      String name = "model.embed_tokens.weight";
      assertThat(loaded.weights().floats(name)).isEqualTo(expected.weights().floats(name));
    }
  }

  @Test
  void anAdapterIsMergedIntoTheModelThatTheServiceBeganWith() throws Exception {
    Path adapter = TinyModel.writeAdapter(directory.resolve("a"), start, Heads.LANGUAGE, 3);
    TokenBatch batch = TokenBatch.of(List.of(new int[] {3, 1, 4, 1, 5}));
    try (LanguageModel loaded = loader.load(Checkpoints.announce("run", 1, adapter));
        LanguageModel expected = TinyModel.adapted(running, Heads.LANGUAGE, 3)) {
      assertThat(loaded.logProbs(batch, 1).get(0))
          .containsExactly(expected.logProbs(batch, 1).get(0), within(1e-5f));
      assertThat(loaded.logProbs(batch, 1).get(0)).isNotEqualTo(running.logProbs(batch, 1).get(0));
    }
  }

  @Test
  void whereTheAdapterSaysThatItsBaseIsDoesNotMatter() throws Exception {
    Path elsewhere = TinyModel.write(directory.resolve("elsewhere"), 1);
    Path adapter = TinyModel.writeAdapter(directory.resolve("a"), elsewhere, Heads.LANGUAGE, 3);
    PolicyVersion announced = Checkpoints.announce("run", 1, adapter);
    Files.delete(elsewhere.resolve(WeightFiles.SINGLE_FILE));
    loader.load(announced).close();
  }

  @Test
  void anAdapterOfAnotherBaseIsRefused() {
    Path other = TinyModel.write(directory.resolve("other"), 2);
    Path adapter = TinyModel.writeAdapter(directory.resolve("a"), other, Heads.LANGUAGE, 3);
    assertRefused(
        Checkpoints.announce("run", 1, adapter),
        Reason.UNREADABLE,
        "was made on weights with the SHA-256 " + Checkpoints.digest(other));
  }

  @Test
  void anAdapterWhoseBytesChangedIsRefused() throws Exception {
    Path adapter = TinyModel.writeAdapter(directory.resolve("a"), start, Heads.LANGUAGE, 3);
    PolicyVersion announced = Checkpoints.announce("run", 1, adapter);
    Path config = adapter.resolve(AdapterConfig.FILE);
    Files.writeString(
        config, Files.readString(config).replace("\"lora_alpha\": 4", "\"lora_alpha\": 8"));
    assertRefused(announced, Reason.CHECKSUM, "the weights in " + adapter);
  }

  @Test
  void anAdapterIsRefusedOnceItsBaseHasChanged() throws Exception {
    Path base = TinyModel.write(directory.resolve("base"), 1);
    CheckpointLoader onBase =
        new CheckpointLoader(
            ModelDirectory.of(base), running.shape(), running.weights(), running.options());
    Path adapter = TinyModel.writeAdapter(directory.resolve("a"), base, Heads.LANGUAGE, 3);
    PolicyVersion announced = Checkpoints.announce("run", 1, adapter);
    onBase.load(announced).close();
    Checkpoints.corrupt(base);
    assertThatThrownBy(() -> onBase.load(announced))
        .isInstanceOf(CheckpointRefusedException.class)
        .hasMessageContaining("was made on weights with the SHA-256");
  }

  @Test
  void aDirectoryThatIsNotThereIsRefused() {
    Path missing = directory.resolve("missing");
    assertRefused(
        Checkpoints.announce("run", 1, missing, "0".repeat(64)),
        Reason.MISSING,
        missing + " is no directory");
  }

  @Test
  void bytesThatChangedAreRefused() {
    Path corrupt = checkpoints.write(2);
    PolicyVersion announced = Checkpoints.announce("run", 1, corrupt);
    Checkpoints.corrupt(corrupt);
    assertRefused(
        announced,
        Reason.CHECKSUM,
        "the weights in %s have the SHA-256 %s, announced was %s"
            .formatted(corrupt, Checkpoints.digest(corrupt), announced.getVersion().getChecksum()));
  }

  @Test
  void aFileThatIsCutOffIsRefused() {
    Path truncated = checkpoints.write(2);
    PolicyVersion announced = Checkpoints.announce("run", 1, truncated);
    Checkpoints.truncate(truncated);
    assertRefused(announced, Reason.UNREADABLE, "model.safetensors");
  }

  @Test
  void theWeightsOfAnotherModelAreRefused() {
    assertRefused(
        Checkpoints.announce("run", 1, checkpoints.writeWider()), Reason.SHAPE, "feedForward=128");
  }

  @Test
  void ofAnotherShapeOnlyTheNumbersThatDifferAreNamed() {
    Path wider = checkpoints.writeWider();
    assertThatThrownBy(() -> loader.load(Checkpoints.announce("run", 1, wider)))
        .hasMessage(wider + " holds another model: feedForward=128, expected 64");
  }

  @Test
  void ofOtherTensorsInTheSameShapeTheFirstAreNamed() {
    assertRefused(
        Checkpoints.announce("run", 1, checkpoints.writeBiased()),
        Reason.SHAPE,
        "holds another model: tensors (model.layers.0.self_attn.q_proj.bias [32],");
  }

  @Test
  void weightsThatGiveNoNumbersAreRefused() {
    assertRefused(
        Checkpoints.announce("run", 1, checkpoints.writeNotANumber(2)),
        Reason.NOT_FINITE,
        "give logits that are not finite");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "models/1", "s3://bucket/1", "file://host/1", "no uri"})
  void aPlaceThatIsNoDirectoryOfThisMachineIsRefused(String uri) {
    PolicyVersion announced =
        Checkpoints.announce("run", 1, directory, "0".repeat(64)).toBuilder()
            .setCheckpointUri(uri)
            .build();
    assertRefused(announced, Reason.ANNOUNCEMENT, "checkpoint_uri is \"" + uri + "\", expected");
  }

  @Test
  void anAnnouncementWithoutChecksumIsRefused() {
    assertRefused(
        Checkpoints.announce("run", 1, directory, ""),
        Reason.ANNOUNCEMENT,
        "the announcement's checksum is \"\", expected the 64 lower-case hex digits");
  }
}
