package dev.parley.cli.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.Failure;
import dev.parley.cli.train.TrainCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunFileTest {

  @TempDir Path directory;

  @Test
  void aWholeFileSaysWhatToTrainFromWhatAndHow() throws IOException {
    Path prompts = Files.writeString(directory.resolve("prompts.jsonl"), "{\"prompt\":\"A?\"}\n");

    RunFile run =
        read(
            """
            run: my-ppo
            recipe: ppo
            model: /models/sft
            data: [prompts.jsonl, /models/data/more.jsonl]
            settings: {ppo.updates: 10, optimizer: {learning-rate: 3e-4}}
            policy: {replicas: 2, settings: {engine.max-rows: 64}}
            """);

    assertThat(run)
        .isEqualTo(
            new RunFile(
                "my-ppo",
                "ppo",
                true,
                "prompts.files",
                "/models/sft",
                List.of("/models/data/more.jsonl"),
                List.of(prompts.toAbsolutePath()),
                Map.of("ppo.updates", "10", "optimizer.learning-rate", "3e-4"),
                2,
                Map.of("engine.max-rows", "64")));
  }

  @Test
  void aRecipeThatLearnsFromDataHasNoPoliciesAndNamesItsDataOtherwise() {
    RunFile run = read("run: s\nrecipe: sft\nmodel: /models/base\ndata: /models/d.jsonl\n");

    assertThat(run.asks()).isFalse();
    assertThat(run.replicas()).isZero();
    assertThat(run.filesKey()).isEqualTo("data.files");
    assertRefused(
        () -> read("run: s\nrecipe: sft\nmodel: /m\ndata: /models/d\npolicy: {replicas: 2}\n"),
        "sft needs no policies");
  }

  @Test
  void aTopicStaysATopicForTheTrainerToReadInTheCluster() {
    RunFile run =
        read(
            "run: d\nrecipe: dpo\nmodel: /models/sft\ndata: [topic:preferences, /models/p.jsonl]\n"
                + "settings: {data.source: human}\n");

    assertThat(run.inCluster()).containsExactly("topic:preferences", "/models/p.jsonl");
    assertThat(run.local()).isEmpty();
    assertThat(run.settings()).containsEntry("data.source", "human");
    assertRefused(
        () -> read("run: d\nrecipe: dpo\nmodel: /models/sft\ndata: topic:preference\n"),
        "data: \"topic:preference\" is no topic that rows are read from; expected one of"
            + " [topic:preferences, topic:demonstrations]");
    assertRefused(
        () -> read("run: p\nrecipe: ppo\nmodel: /models/sft\ndata: topic:preferences\n"),
        "data: topic:preferences holds no prompts; expected a file here, or a path in the cluster");
  }

  @Test
  void aRecipeThatLearnsFromAnEarlierRunsRolloutsReadsNoFiles() {
    RunFile run =
        read("run: a\nrecipe: awr\nmodel: /models/base\nsettings: {rollouts.run: my-ppo}\n");

    assertThat(run.filesKey()).isEmpty();
    assertRefused(
        () -> read("run: a\nrecipe: awr\nmodel: /m\ndata: /models/d\n"), "reads no files");
  }

  @Test
  void everythingMisspeltIsNamedAtOnceWithTheNearestThatThereIs() {
    assertRefused(
        () ->
            read(
                """
                run: a
                recipe: ppo
                modle: /models/sft
                data: /models/p.jsonl
                settings: {ppo.udpates: 10, optimizer: {learning-rate: fast}}
                policy: {replcas: 2, settings: {engine.max-row: 3}}
                """),
        "there is no key \"modle\"; did you mean \"model\"?",
        "model is missing",
        "ppo has no setting \"ppo.udpates\"; did you mean \"ppo.updates\"?",
        "optimizer.learning-rate is fast; expected a number, above 0",
        "policy: there is no key \"replcas\"; did you mean \"replicas\"?",
        "a policy has no setting \"engine.max-row\"; did you mean \"engine.max-rows\"?");
  }

  @Test
  void aMisspeltRecipeIsNamedWithTheNearest() {
    assertRefused(
        () -> read("run: a\nrecipe: gropo\nmodel: /m\ndata: /models/d\n"),
        "there is no recipe \"gropo\"; did you mean \"grpo\"?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ppo.updates: 0 | whole number, at least 1",
        "ppo.updates: 1.5 | whole number, at least 1",
        "ppo.clip-low: 1.5 | number, from 0 to 1",
        "ppo.dual-clip: 0.5 | number, 0 or above 1",
        "optimizer.beta1: 1 | number, from 0 to below 1",
        "kl.controller: sometimes | fixed | adaptive",
        "prompts.skip-bad: perhaps | true | false",
        "ppo.updates: [1, 2] | whole number"
      })
  void aValueThatASettingDoesNotTakeIsRefused(String settings) {
    assertRefused(
        () -> withSettings(settings), settings.substring(0, settings.indexOf(':')), "expected a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ppo.dual-clip: 0",
        "ppo.dual-clip: 3",
        "ppo.clip-low: 1",
        "kl.controller: adaptive",
        "ppo.old-log-probs: AUTO",
        "sampling.stop-strings: ['###', \"a, b\"]",
        "optimizer.epsilon: 1e-8"
      })
  void aValueThatASettingTakesIsTaken(String settings) {
    String value = settings.replace("AUTO", "auto");
    assertThat(withSettings(value).settings()).hasSize(1);
  }

  @Test
  void whatTheRunFileOrTheChartDecidesIsNoSetting() {
    assertRefused(
        () -> withSettings("run.id: b, run.kafka: 'h:1', model.path: /x, prompts.files: y"),
        "settings has run.id, which run: decides",
        "settings has run.kafka, which the chart decides",
        "settings has model.path, which model: decides",
        "settings has prompts.files, which data: decides");
    assertRefused(
        () ->
            read(
                "run: a\nrecipe: ppo\nmodel: /m\ndata: /models/d\n"
                    + "policy: {settings: {run-id: b}}\n"),
        "policy.settings has run-id, which run: decides");
  }

  @Test
  void theCommandLineOverrulesTheFile() throws IOException {
    RunFile run =
        RunFile.read(
            file("run: a\nrecipe: ppo\nmodel: /m\ndata: /models/d\nsettings: {ppo.updates: 3}\n"),
            Optional.of("b"),
            Map.of("ppo.updates", "4"),
            TrainCommand.recipes());

    assertThat(run.id()).isEqualTo("b");
    assertThat(run.settings()).containsExactly(Map.entry("ppo.updates", "4"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Upper",
        "a_b",
        "-a",
        "a-",
        "a.b",
        "'a b'",
        "a2345678901234567890123456789012345678901"
      })
  void aNameThatObjectsCannotHaveIsRefused(String name) {
    assertRefused(
        () -> read("run: " + name + "\nrecipe: ppo\nmodel: /m\ndata: /models/d\n"), "run is \"");
  }

  @Test
  void dataThatAreNowhereAndTwoFilesOfOneNameAreRefused() throws IOException {
    Files.createDirectories(directory.resolve("x"));
    Files.writeString(directory.resolve("x/d.jsonl"), "");
    Files.writeString(directory.resolve("d.jsonl"), "");

    assertRefused(
        () -> read("run: a\nrecipe: ppo\nmodel: /m\ndata: none.jsonl\n"),
        "there is no file " + directory.toAbsolutePath() + "/none.jsonl");
    assertRefused(
        () -> read("run: a\nrecipe: ppo\nmodel: /m\ndata: [d.jsonl, x/d.jsonl]\n"),
        "two files have the same name");
    assertRefused(
        () -> read("run: a\nrecipe: ppo\nmodel: m\ndata: []\n"),
        "data is missing",
        "model is \"m\"");
  }

  @Test
  void aFileThatIsNoYamlOrHasAKeyTwiceIsRefusedWithItsName() {
    assertRefused(() -> read("run: [a"), "run.yaml is not YAML");
    assertRefused(() -> read("run: a\nrun: b\n"), "run.yaml is not YAML", "duplicate key");
    assertThatThrownBy(
            () ->
                RunFile.read(
                    directory.resolve("none.yaml"),
                    Optional.empty(),
                    Map.of(),
                    TrainCommand.recipes()))
        .hasMessageContaining("there is no file");
  }

  @Test
  void everyRecipeHasItsSettings() {
    for (String recipe : TrainCommand.recipes()) {
      RecipeSettings settings = RecipeSettings.of(recipe, TrainCommand.recipes());

      assertThat(settings.names()).as(recipe).contains("run.id", "model.path");
      if (!settings.files().isEmpty()) {
        assertThat(settings.names()).as(recipe).contains(settings.files());
      }
    }
    assertThat(RecipeSettings.ofPolicy().names()).contains("model", "engine.max-rows", "run-id");
  }

  private RunFile withSettings(String settings) {
    return read(
        "run: a\nrecipe: ppo\nmodel: /models/sft\ndata: /models/d.jsonl\nsettings: {"
            + settings
            + "}\n");
  }

  private static void assertRefused(ThrowingCallable reading, String... words) {
    assertThatThrownBy(reading).isInstanceOf(Failure.class).hasMessageContainingAll(words);
  }

  private RunFile read(String yaml) {
    return RunFile.read(file(yaml), Optional.empty(), Map.of(), TrainCommand.recipes());
  }

  private Path file(String yaml) {
    try {
      return Files.writeString(directory.resolve("run.yaml"), yaml);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
