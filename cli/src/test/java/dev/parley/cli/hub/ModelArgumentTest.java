package dev.parley.cli.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.model.ModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelArgumentTest {

  @TempDir Path directory;

  @Test
  void aDirectoryIsUsedAsItIs() throws IOException {
    Path model = Files.createDirectories(directory.resolve("model"));
    Files.writeString(model.resolve("config.json"), "{}");
    Files.writeString(model.resolve("model.safetensors"), "");

    assertThat(argument(Map.of()).resolve(model + "/../model")).isEqualTo(model);
  }

  @Test
  void aDirectoryThatIsNoModelSaysWhatIsMissing() throws IOException {
    Path model = Files.createDirectories(directory.resolve("model"));
    assertRefused(model.toString(), "config.json, model.safetensors are missing");

    Files.writeString(model.resolve("config.json"), "{}");
    Files.writeString(
        model.resolve("model.safetensors.index.json"),
        "{\"weight_map\":{\"x\":\"a.safetensors\",\"y\":\"b.safetensors\"}}");
    Files.writeString(model.resolve("a.safetensors"), "");
    assertRefused(model.toString(), "b.safetensors is missing");
  }

  @Test
  void aNameThatIsNeitherDirectoryNorIdIsRefused() {
    assertRefused("gpt2", "there is no directory \"gpt2\", and it is no hub id");
    assertRefused("./models/none", "there is no directory");
    assertRefused("", "there is no directory");
    assertRefused("a\0b", "there is no directory");
  }

  @Test
  void anIdIsFetchedFromTheHubThatTheEnvironmentNames() {
    try (FakeHub hub =
        new FakeHub().with("config.json", "{}").withLarge("model.safetensors", new byte[] {1, 2})) {
      Path snapshot =
          argument(
                  Map.of(
                      "HF_ENDPOINT", hub.endpoint().toString(),
                      "HF_HOME", directory.toString()))
              .resolve(FakeHub.MODEL);

      assertThat(snapshot)
          .isEqualTo(directory.resolve("hub/models--acme--tiny/snapshots/" + FakeHub.COMMIT));
      assertThat(snapshot.resolve("model.safetensors")).hasBinaryContent(new byte[] {1, 2});
    }
  }

  @Test
  void theBaseThatAnAdapterNamesByItsIdIsFetched() throws IOException {
    Path adapter = Files.createDirectories(directory.resolve("adapter"));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1, \"base_model_name_or_path\": \"%s\"}"
            .formatted(FakeHub.MODEL));
    assertRefused(adapter.toString(), "adapter_model.safetensors is missing");
    Files.writeString(adapter.resolve("adapter_model.safetensors"), "");
    try (FakeHub hub =
        new FakeHub().with("config.json", "{}").withLarge("model.safetensors", new byte[] {1, 2})) {
      ModelDirectory found =
          argument(
                  Map.of(
                      "HF_ENDPOINT", hub.endpoint().toString(),
                      "HF_HOME", directory.toString()))
              .find(adapter.toString());

      assertThat(found.path()).isEqualTo(adapter);
      assertThat(found.base())
          .isEqualTo(directory.resolve("hub/models--acme--tiny/snapshots/" + FakeHub.COMMIT));
    }
  }

  @Test
  void anAdapterMayBeOnTheHubItself() throws IOException {
    Path base = Files.createDirectories(directory.resolve("base"));
    Files.writeString(base.resolve("config.json"), "{}");
    Files.writeString(base.resolve("model.safetensors"), "");
    try (FakeHub hub =
        new FakeHub()
            .with("adapter_config.json", "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1}")
            .withLarge("adapter_model.safetensors", new byte[] {1, 2})
            .withLarge("optimizer.safetensors", new byte[] {3})) {
      ModelDirectory found =
          argument(
                  Map.of(
                      "HF_ENDPOINT", hub.endpoint().toString(),
                      "HF_HOME", directory.toString()))
              .find(FakeHub.MODEL, Optional.of(base.toString()));

      assertThat(found.path().resolve("adapter_model.safetensors"))
          .hasBinaryContent(new byte[] {1, 2});
      assertThat(found.path().resolve("optimizer.safetensors")).doesNotExist();
      assertThat(found.base()).isEqualTo(base);
    }
  }

  private void assertRefused(String written, String message) {
    assertThatThrownBy(() -> argument(Map.of()).resolve(written))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(message);
  }

  private ModelArgument argument(Map<String, String> environment) {
    return new ModelArgument(environment, directory, CapturedTerminal.piped().terminal());
  }
}
