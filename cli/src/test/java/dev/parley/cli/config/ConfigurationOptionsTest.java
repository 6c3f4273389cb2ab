package dev.parley.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class ConfigurationOptionsTest {

  @TempDir Path directory;

  @Test
  void fileAndSettingsArePassedOnInOrder() throws IOException {
    Path yaml = Files.writeString(directory.resolve("run.yaml"), "a: 1\n");

    ConfigurationOptions options =
        parse(
            "--set",
            "kl.coefficient=0.05",
            "--config",
            yaml.toString(),
            "--set",
            "name=a=b",
            "--set",
            "stop[0]=");

    assertThat(options.arguments(Map.of()))
        .containsExactly(
            "--config", yaml.toString(),
            "--set", "kl.coefficient=0.05",
            "--set", "name=a=b",
            "--set", "stop[0]=");
  }

  @Test
  void setCountsOverWhatAnotherOptionStandsFor() {
    assertThat(parse("--set", "run.id=b").arguments(Map.of("run.id", "a")))
        .containsExactly("--set", "run.id=b");
  }

  @Test
  void oneSettingIsThatOfSetOrElseOfTheFileHoweverItIsNested() throws IOException {
    Path yaml =
        Files.writeString(
            directory.resolve("run.yaml"),
            "run:\n  id: a\nkl.reference: off\nppo:\n  clip.low: 0.1\nempty:\n");
    ConfigurationOptions options =
        parse("--config", yaml.toString(), "--set", "run.seed=3", "--set", "run.id=b");

    assertThat(options.value("run.id")).contains("b");
    assertThat(options.value("run.seed")).contains("3");
    assertThat(options.value("kl.reference")).contains("false");
    assertThat(options.value("ppo.clip.low")).contains("0.1");
    assertThat(options.value("empty")).isEmpty();
    assertThat(options.value("run")).contains("{id=a}");
    assertThat(options.value("ppo.epochs")).isEmpty();
    assertThat(parse().value("run.id")).isEmpty();
  }

  @Test
  void aFileThatIsNoYamlIsNamed() throws IOException {
    Path yaml = Files.writeString(directory.resolve("run.yaml"), "a: [");
    ConfigurationOptions options = parse("--config", yaml.toString());

    assertThatThrownBy(() -> options.value("a"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--config: " + yaml + " cannot be read");
  }

  @Test
  void nothingSaidIsNothingPassedOn() {
    assertThat(parse().arguments(Map.of())).isEmpty();
    assertThat(parse().file()).isEmpty();
  }

  @Test
  void theSameValueTwiceIsOne() {
    assertThat(parse("--set", "a=1", "--set", "a=1").settings()).hasSize(1);
  }

  @Test
  void aSettingThatIsNoAssignmentIsRefused() {
    assertRefused("has no '='", "--set", "learning-rate");
    assertRefused("\"\" is no key", "--set", "=1");
    assertRefused("\"learning rate\" is no key", "--set", "learning rate=1");
    assertRefused("\"a..b\" is no key", "--set", "a..b=1");
    assertRefused("gives a two values, \"1\" and \"2\"", "--set", "a=1", "--set", "a=2");
  }

  @Test
  void aFileThatIsNotThereOrNoYamlIsRefused() throws IOException {
    Path json = Files.writeString(directory.resolve("run.json"), "{}");

    assertRefused("there is no readable file", "--config", directory + "/none.yaml");
    assertRefused("is no .yaml file", "--config", json.toString());
  }

  @Command(name = "train")
  private static final class Train {
    @Mixin private ConfigurationOptions options;
  }

  private static ConfigurationOptions parse(String... arguments) {
    Train train = new Train();
    new CommandLine(train).parseArgs(arguments);
    return train.options;
  }

  private static void assertRefused(String message, String... arguments) {
    assertThatThrownBy(() -> parse(arguments))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining(message);
  }
}
