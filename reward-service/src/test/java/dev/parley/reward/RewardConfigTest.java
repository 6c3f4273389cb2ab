package dev.parley.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.reward.scoring.Scorer;
import dev.parley.reward.scoring.Scorers;
import dev.parley.serving.settings.SettingKeys;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.source.yaml.YamlConfigSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RewardConfigTest {

  private static final String SCORERS = RewardConfig.SCORERS + ".";

  private static final SettingKeys KEYS = SettingKeys.of(RewardConfig.class, RewardConfig.SCORERS);

  @TempDir Path directory;

  private static RewardSettings read(Map<String, String> values) {
    SmallRyeConfig config =
        new SmallRyeConfigBuilder()
            .withMapping(RewardConfig.class)
            .withValidateUnknown(false)
            .withSources(new PropertiesConfigSource(values, "test", 100))
            .build();
    KEYS.check(config.getPropertyNames());
    return RewardSettings.of(config.getConfigMapping(RewardConfig.class));
  }

  @Test
  void defaults() {
    assertThat(read(Map.of("parley.reward.scorer", "total")))
        .isEqualTo(
            new RewardSettings("total", OptionalInt.empty(), 64, Duration.ofMillis(5), 4096));
  }

  @Test
  void everyKeyArrivesWhereItBelongs() {
    assertThat(
            read(
                Map.of(
                    "parley.reward.scorer", "total",
                    "parley.reward.threads", "3",
                    "parley.reward.batch-items", "10",
                    "parley.reward.longest-wait-ms", "7",
                    "parley.reward.max-queue-items", "20",
                    "parley.reward.scorers.total.type", "length")))
        .isEqualTo(new RewardSettings("total", OptionalInt.of(3), 10, Duration.ofMillis(7), 20));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "parley.reward.threads|0|parley.reward.threads is \"0\", expected at least 1",
        "parley.reward.batch-items|0|parley.reward.batch-items is \"0\", expected at least 1",
        "parley.reward.longest-wait-ms|-1|parley.reward.longest-wait-ms is \"-1\", expected 0",
        "parley.reward.max-queue-items|0|parley.reward.max-queue-items is \"0\", expected at least",
        "parley.reward.bach-items|1|there is no setting \"parley.reward.bach-items\"; did you mean"
            + " \"parley.reward.batch-items\"?",
        "parley.reward.scorer.total.type|x|there is no setting \"parley.reward.scorer.total.type\"",
        "PARLEY_REWARD_TREADS|1|there is no environment variable \"PARLEY_REWARD_TREADS\"; did you"
            + " mean \"PARLEY_REWARD_THREADS\"?"
      })
  void aWrongSettingIsNamed(String key, String value, String message) {
    Map<String, String> values = new HashMap<>();
    values.put("parley.reward.scorer", "total");
    values.put(key, value);
    assertThatThrownBy(() -> read(values))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void theScorerMustBeGiven() {
    assertThatThrownBy(() -> read(Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("parley.reward.scorer is not set");
  }

  @Test
  void variablesThatKubernetesSetsForAServiceOfThisNameAreLeftAlone() {
    KEYS.check(
        List.of(
            "PARLEY_REWARD_SERVICE_HOST",
            "PARLEY_REWARD_PORT_8092_TCP_ADDR",
            "PARLEY_REWARD_SCORER",
            "PARLEY_REWARD_SCORERS_TOTAL_TYPE"));
  }

  @Test
  void aYamlKeyWithDotsInItIsRefusedRatherThanPassedOver() throws IOException {
    Path file = Files.writeString(directory.resolve("dots.yaml"), "parley.reward:\n  scorer: math");
    assertThatThrownBy(
            () -> KEYS.check(new YamlConfigSource(file.toUri().toURL()).getPropertyNames()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("write a level for each part");
  }

  /**
   * Nothing is loaded, so the models that the files name need not be there: directories will do,
   * and the names of attributes.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "recipes/reward-ensemble.yaml",
        "recipes/reward-composed.yaml",
        "recipes/reward-attributes.yaml",
        "examples/arithmetic/math.yaml"
      })
  void theCompositionsThatAreShippedAreUnderstood(String file) throws IOException {
    YamlConfigSource source = new YamlConfigSource(Path.of("..", "deploy", file).toUri().toURL());
    Map<String, String> scorers = new HashMap<>();
    for (String name : source.getPropertyNames()) {
      if (name.startsWith(SCORERS)) {
        String value = source.getValue(name);
        scorers.put(
            name.substring(SCORERS.length()),
            value.startsWith("runs/") ? model(value).toString() : value);
      }
    }
    Scorer scorer =
        Scorers.make(
            RewardConfig.PREFIX,
            source.getValue("parley.reward.scorer"),
            scorers,
            (name, batch, nanos) -> {});
    assertThat(scorer.components()).isNotEmpty();
  }

  private Path model(String shipped) throws IOException {
    Path model = Files.createDirectories(directory.resolve(shipped));
    if (shipped.contains("attributes")) {
      Files.writeString(
          model.resolve("reward_model.json"),
          """
          {"attributes": [
              {"attribute": "helpfulness", "score_mean": 0, "score_std": 1},
              {"attribute": "correctness", "score_mean": 0, "score_std": 1},
              {"attribute": "verbosity", "score_mean": 0, "score_std": 1}]}
          """);
    }
    return model;
  }
}
