package dev.parley.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.decoder.TokenBudget;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.serving.settings.SettingKeys;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReferenceConfigTest {

  private static final String DIGEST = "0123456789abcdef".repeat(4);

  @TempDir Path directory;

  private ReferenceSettings read(Map<String, String> values) {
    SmallRyeConfig config =
        new SmallRyeConfigBuilder()
            .withMapping(ReferenceConfig.class)
            .withValidateUnknown(false)
            .withSources(new PropertiesConfigSource(values, "test", 100))
            .build();
    SettingKeys.of(ReferenceConfig.class).check(config.getPropertyNames());
    return ReferenceSettings.of(config.getConfigMapping(ReferenceConfig.class));
  }

  private Map<String, String> withModel(String key, String value) {
    Map<String, String> values = new HashMap<>();
    values.put("parley.reference.model", directory.toString());
    values.put(key, value);
    return values;
  }

  @Test
  void defaults() {
    assertThat(read(Map.of("parley.reference.model", directory.toString())))
        .isEqualTo(
            new ReferenceSettings(
                directory,
                Optional.empty(),
                Optional.empty(),
                EngineOptions.CPU,
                OptionalInt.empty(),
                new TokenBudget(8192),
                Duration.ofMillis(5),
                1_048_576));
  }

  @Test
  void everyKeyArrivesWhereItBelongs() {
    Map<String, String> values = new HashMap<>();
    values.put("parley.reference.model", directory.toString());
    values.put("parley.reference.base", directory.toString());
    values.put("parley.reference.digest", DIGEST.toUpperCase(java.util.Locale.ROOT));
    values.put("parley.reference.device", "cuda:1");
    values.put("parley.reference.precision", "bfloat16");
    values.put("parley.reference.threads", "3");
    values.put("parley.reference.batch-tokens", "100");
    values.put("parley.reference.longest-wait-ms", "7");
    values.put("parley.reference.max-queue-tokens", "200");
    assertThat(read(values))
        .isEqualTo(
            new ReferenceSettings(
                directory,
                Optional.of(directory),
                Optional.of(DIGEST),
                EngineOptions.parse("cuda:1", "bfloat16"),
                OptionalInt.of(3),
                new TokenBudget(100),
                Duration.ofMillis(7),
                200));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "parley.reference.digest|abc|parley.reference.digest is \"abc\", expected the 64 hex digits",
        "parley.reference.device|gpu|parley.reference: device is \"gpu\", expected cpu, cuda",
        "parley.reference.precision|int8|parley.reference: precision is \"int8\", expected float32",
        "parley.reference.threads|0|parley.reference.threads is \"0\", expected at least 1",
        "parley.reference.batch-tokens|0|parley.reference.batch-tokens is \"0\", expected at least",
        "parley.reference.longest-wait-ms|-1|parley.reference.longest-wait-ms is \"-1\", expected 0",
        "parley.reference.max-queue-tokens|0|parley.reference.max-queue-tokens is \"0\", expected",
        "parley.reference.model|/nowhere|parley.reference.model is \"/nowhere\", expected a model",
        "parley.reference.base|/nowhere|parley.reference.base is \"/nowhere\", expected a model",
        "parley.reference.dgest|x|no setting \"parley.reference.dgest\"; did you mean"
            + " \"parley.reference.digest\"?",
        "PARLEY_REFERENCE_DGEST|x|no environment variable \"PARLEY_REFERENCE_DGEST\"; did you mean"
            + " \"PARLEY_REFERENCE_DIGEST\"?"
      })
  void aWrongSettingIsNamed(String key, String value, String message) {
    assertThatThrownBy(() -> read(withModel(key, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void theModelMustBeGiven() {
    assertThatThrownBy(() -> read(Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("parley.reference.model is not set");
  }

  @Test
  void variablesThatKubernetesSetsForAServiceOfThisNameAreLeftAlone() {
    SettingKeys.of(ReferenceConfig.class)
        .check(
            List.of(
                "PARLEY_REFERENCE_SERVICE_HOST",
                "PARLEY_REFERENCE_PORT_8093_TCP_ADDR",
                "PARLEY_REFERENCE_MODEL",
                "quarkus.http.port"));
  }
}
