package dev.parley.trainer.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.smallrye.config.WithDefault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {

  /** What a recipe may declare. */
  interface Example {
    @Help("The model.")
    Path model();

    @Help("Files.")
    List<String> files();

    @Help("How.")
    @WithDefault("fixed")
    Kind kind();

    Group optimizer();

    @Help("Maybe.")
    Optional<String> note();

    enum Kind {
      FIXED,
      VERY_ADAPTIVE
    }

    interface Group {
      @Help("Step size.")
      @WithDefault("1e-6")
      @Within("(0, ∞)")
      double learningRate();

      @Help("Steps.")
      @WithDefault("3")
      @Within("[1, ∞)")
      int warmUp();
    }
  }

  /** A group that says more about a setting that it inherits. */
  interface Slow extends Example.Group {
    @Override
    @Help("Many steps.")
    @WithDefault("30")
    @Within("[10, ∞)")
    int warmUp();
  }

  interface Derived {
    Slow optimizer();
  }

  @TempDir Path directory;

  private Path file(String yaml) throws Exception {
    return Files.writeString(directory.resolve("run.yaml"), yaml);
  }

  @Test
  void defaultsAreOverruledByTheFileAndTheFileBySets() throws Exception {
    Path file = file("model: /m\nfiles: [a, b]\noptimizer:\n  learning-rate: 0.5\n  warm-up: 7\n");
    Configuration<Example> configuration =
        Configuration.load(Example.class, Optional.of(file), List.of("optimizer.warm-up=9"));
    Example example = configuration.recipe();
    assertThat(example.model()).isEqualTo(Path.of("/m"));
    assertThat(example.files()).containsExactly("a", "b");
    assertThat(example.kind()).isEqualTo(Example.Kind.FIXED);
    assertThat(example.optimizer().learningRate()).isEqualTo(0.5);
    assertThat(example.optimizer().warmUp()).isEqualTo(9);
    assertThat(example.note()).isEmpty();
  }

  @Test
  void aGroupMayGiveASettingThatItInheritsAnotherDefaultAndRange() {
    Derived derived = Configuration.load(Derived.class, Optional.empty(), List.of()).recipe();
    assertThat(derived.optimizer().warmUp()).isEqualTo(30);
    assertThat(derived.optimizer().learningRate()).isEqualTo(1e-6);
    assertThat(Setting.of(Derived.class))
        .extracting(Setting::key, Setting::help)
        .containsExactly(
            tuple("optimizer.learning-rate", "Step size."),
            tuple("optimizer.warm-up", "Many steps."));
    assertThatThrownBy(
            () ->
                Configuration.load(Derived.class, Optional.empty(), List.of("optimizer.warm-up=5")))
        .hasMessageContaining("optimizer.warm-up is 5");
  }

  @Test
  void theResolvedConfigurationReadsBackAsItself() throws Exception {
    Path first = file("model: /m\nfiles: [a, b]\nkind: very-adaptive\n");
    Configuration<Example> once = Configuration.load(Example.class, Optional.of(first), List.of());
    Path second = file(once.toYaml());
    Configuration<Example> twice =
        Configuration.load(Example.class, Optional.of(second), List.of());
    assertThat(twice.values()).isEqualTo(once.values()).containsEntry("optimizer.warm-up", "3");
    assertThat(twice.recipe().kind()).isEqualTo(Example.Kind.VERY_ADAPTIVE);
  }

  @Test
  void aMisspeltKeyInTheFileIsAnErrorThatSuggestsTheNearest() throws Exception {
    Path file = file("model: /m\nfiles: [a]\noptimizer:\n  learning_rate: 0.5\n");
    assertThatThrownBy(() -> Configuration.load(Example.class, Optional.of(file), List.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            file
                + ": there is no setting \"optimizer.learning_rate\"; did you mean"
                + " \"optimizer.learning-rate\"?");
  }

  @Test
  void aMisspeltSetIsAnErrorThatSuggestsTheNearest() {
    assertThatThrownBy(
            () -> Configuration.load(Example.class, Optional.empty(), List.of("modle=x")))
        .hasMessage("--set: there is no setting \"modle\"; did you mean \"model\"?");
  }

  @Test
  void aSetWithoutValueIsAnErrorThatShowsTheForm() {
    assertThatThrownBy(() -> Configuration.load(Example.class, Optional.empty(), List.of("model")))
        .hasMessageContaining("expected key=value");
  }

  @Test
  void everyMissingSettingIsNamed() {
    assertThatThrownBy(() -> Configuration.load(Example.class, Optional.empty(), List.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "files is missing; expected a text, several separated by commas\n"
                + "model is missing; expected a path");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "optimizer.warm-up=many | optimizer.warm-up is many; expected a whole number, at least 1",
        "optimizer.warm-up=1.5 | optimizer.warm-up is 1.5; expected a whole number, at least 1",
        "optimizer.learning-rate=fast | optimizer.learning-rate is fast; expected a number, above"
            + " 0",
        "kind=fxed | kind is fxed; expected a fixed | very-adaptive",
      })
  void aWrongTypeNamesTheKeyTheValueAndWhatIsExpected(String row) {
    String[] parts = row.split(" \\| ", 2);
    assertThatThrownBy(
            () ->
                Configuration.load(
                    Example.class, Optional.empty(), List.of("model=m", "files=a", parts[0])))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(parts[1]);
  }

  @Test
  void settingsDescribeThemselves() {
    assertThat(Setting.of(Example.class))
        .extracting(Setting::key, Setting::type, Setting::required)
        .contains(
            org.assertj.core.groups.Tuple.tuple("kind", "fixed | very-adaptive", false),
            org.assertj.core.groups.Tuple.tuple("model", "path", true),
            org.assertj.core.groups.Tuple.tuple("optimizer.learning-rate", "number", false));
  }

  @Test
  void everyNumberOutOfRangeIsNamedAtOnce() throws Exception {
    Path file = file("model: /m\nfiles: [a]\noptimizer:\n  learning-rate: -1\n  warm-up: 0\n");
    assertThatThrownBy(() -> Configuration.load(Example.class, Optional.of(file), List.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "optimizer.learning-rate is -1; expected a number, above 0\n"
                + "optimizer.warm-up is 0; expected a whole number, at least 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Infinity", "0"})
  void aNumberThatIsNoneIsOutOfEveryRange(String value) {
    assertThatThrownBy(
            () ->
                Configuration.load(
                    Example.class,
                    Optional.empty(),
                    List.of("model=m", "files=a", "optimizer.learning-rate=" + value)))
        .hasMessage("optimizer.learning-rate is " + value + "; expected a number, above 0");
  }
}
