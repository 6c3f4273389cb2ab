package dev.parley.cli.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.CapturedTerminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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

  private void assertRefused(String written, String message) {
    assertThatThrownBy(() -> argument(Map.of()).resolve(written))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(message);
  }

  private ModelArgument argument(Map<String, String> environment) {
    return new ModelArgument(environment, directory, CapturedTerminal.piped().terminal());
  }
}
