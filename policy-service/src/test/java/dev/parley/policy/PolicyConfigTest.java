package dev.parley.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.decoding.WeightFormat;
import dev.parley.model.generation.GeneratorOptions;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.policy.generation.EngineLimits;
import dev.parley.policy.openai.ApiSettings;
import dev.parley.policy.rollout.CallSettings;
import dev.parley.policy.rollout.LoopSettings;
import dev.parley.policy.rollout.RemoteService;
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
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyConfigTest {

  private static final SettingKeys KEYS = SettingKeys.of(PolicyConfig.class);

  private static final CallSettings DEFAULT_CALL =
      new CallSettings(
          Duration.ofSeconds(30),
          Duration.ofSeconds(120),
          10,
          Duration.ofMillis(200),
          Duration.ofSeconds(5));

  @TempDir Path directory;

  private PolicySettings read(Map<String, String> values) {
    Map<String, String> all = new HashMap<>(values);
    all.putIfAbsent("HOSTNAME", "laptop");
    SmallRyeConfig config =
        new SmallRyeConfigBuilder()
            .addDefaultInterceptors()
            .withMapping(PolicyConfig.class)
            .withMappingIgnore("parley.**")
            .withSources(new PropertiesConfigSource(all, "test", 100))
            .build();
    KEYS.check(config.getPropertyNames());
    return PolicySettings.of(config.getConfigMapping(PolicyConfig.class));
  }

  @Test
  void defaults() {
    assertThat(read(Map.of("parley.policy.model", directory.toString())))
        .isEqualTo(
            new PolicySettings(
                directory,
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(20),
                EngineOptions.CPU,
                OptionalInt.empty(),
                EngineLimits.of(16, 32768, 256),
                1024,
                64,
                8,
                new ApiSettings("policy", 16, 256, false),
                new LoopSettings(
                    "",
                    "policy-laptop-8080",
                    8,
                    Duration.ofSeconds(120),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    15 << 20),
                Optional.empty(),
                Optional.empty()));
  }

  @Test
  void everyKeyArrivesWhereItBelongs() {
    Map<String, String> values = new TreeMap<>();
    values.put("parley.policy.model", directory.toString());
    values.put("parley.policy.base", directory.toString());
    values.put("parley.policy.run-id", "run-7");
    values.put("parley.policy.instance-id", "policy-3");
    values.put("parley.policy.drain-timeout-ms", "1");
    values.put("parley.policy.engine.device", "cuda:1");
    values.put("parley.policy.engine.precision", "bfloat16");
    values.put("parley.policy.engine.threads", "2");
    values.put("parley.policy.engine.decoder", "torch");
    values.put("parley.policy.engine.weights", "int8");
    values.put("parley.policy.engine.prefill-chunk-tokens", "17");
    values.put("parley.policy.engine.max-rows", "3");
    values.put("parley.policy.engine.max-cache-tokens", "4");
    values.put("parley.policy.engine.queue-capacity", "90");
    values.put("parley.policy.generation.max-new-tokens", "6");
    values.put("parley.policy.generation.max-samples", "7");
    values.put("parley.policy.generation.warm-up-tokens", "8");
    values.put("parley.policy.http-api.enabled", "false");
    values.put("parley.policy.http-api.model-name", "mine");
    values.put("parley.policy.http-api.completion-tokens", "5");
    values.put("parley.policy.rollout.max-prompts-in-flight", "9");
    values.put("parley.policy.rollout.transaction-timeout-ms", "1010");
    values.put("parley.policy.rollout.session-timeout-ms", "1011");
    values.put("parley.policy.rollout.max-record-bytes", "70012");
    values.put("parley.policy.versions.wait-ms", "13");
    values.put("parley.policy.reward.target", "dns:///reward:9000");
    values.put("parley.policy.reward.try-timeout-ms", "14");
    values.put("parley.policy.reward.total-timeout-ms", "15");
    values.put("parley.policy.reward.attempts", "16");
    values.put("parley.policy.reward.first-backoff-ms", "17");
    values.put("parley.policy.reward.longest-backoff-ms", "18");
    values.put("parley.policy.reference.target", "localhost:9001");
    values.put("parley.policy.reference.try-timeout-ms", "30000");
    values.put("parley.policy.reference.total-timeout-ms", "120000");
    values.put("parley.policy.reference.attempts", "10");
    values.put("parley.policy.reference.first-backoff-ms", "200");
    values.put("parley.policy.reference.longest-backoff-ms", "5000");
    assertThat(values.keySet()).isEqualTo(KEYS.known());
    CallSettings reward =
        new CallSettings(
            Duration.ofMillis(14),
            Duration.ofMillis(15),
            16,
            Duration.ofMillis(17),
            Duration.ofMillis(18));
    assertThat(read(values))
        .isEqualTo(
            new PolicySettings(
                directory,
                Optional.of(directory),
                Optional.of("run-7"),
                Duration.ofMillis(1),
                EngineOptions.parse("cuda:1", "bfloat16"),
                OptionalInt.of(2),
                new EngineLimits(
                    new GeneratorOptions(
                        GeneratorOptions.Engine.TORCH, Optional.of(WeightFormat.INT8), 3, 4, 17),
                    90),
                6,
                7,
                8,
                new ApiSettings("mine", 5, 90, true),
                new LoopSettings(
                    "run-7",
                    "policy-3",
                    9,
                    Duration.ofMillis(13),
                    Duration.ofMillis(1010),
                    Duration.ofMillis(1011),
                    70012),
                Optional.of(new RemoteService("dns:///reward:9000", reward)),
                Optional.of(new RemoteService("localhost:9001", DEFAULT_CALL))));
  }

  @Test
  void aCompletionIsNoLongerThanAnAnswerMayBe() {
    Map<String, String> values =
        Map.of(
            "parley.policy.model",
            directory.toString(),
            "parley.policy.generation.max-new-tokens",
            "9");
    assertThat(read(values).httpApi().completionTokens()).isEqualTo(9);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model|/nowhere|parley.policy.model is \"/nowhere\", expected a model directory",
        "run-id|a b|parley.policy.run-id is \"a b\", expected letters, digits, '.', '_', '-'",
        "instance-id|a/b|parley.policy.instance-id is \"a/b\", expected letters, digits",
        "drain-timeout-ms|-1|parley.policy.drain-timeout-ms is \"-1\", expected 0 or more",
        "engine.device|gpu|parley.policy.engine: device is \"gpu\", expected cpu, cuda",
        "engine.precision|int8|parley.policy.engine: precision is \"int8\", expected float32",
        "engine.decoder|java|parley.policy.engine.decoder is \"java\", expected auto, vector or",
        "engine.weights|int4|parley.policy.engine.weights is \"int4\", expected auto, float32",
        "engine.prefill-chunk-tokens|0|parley.policy.engine.prefill-chunk-tokens is \"0\","
            + " expected",
        "engine.threads|0|parley.policy.engine.threads is \"0\", expected 1 or more",
        "engine.max-rows|0|parley.policy.engine.max-rows is \"0\", expected 1 or more",
        "engine.max-cache-tokens|1|parley.policy.engine.max-cache-tokens is \"1\", expected 2",
        "engine.queue-capacity|63|parley.policy.generation.max-samples is \"64\", expected at most"
            + " engine.queue-capacity, which is 63",
        "generation.max-new-tokens|0|parley.policy.generation.max-new-tokens is \"0\", expected 1",
        "http-api.model-name|' '|parley.policy.http-api.model-name is \" \", expected a name",
        "http-api.completion-tokens|0|parley.policy.http-api.completion-tokens is \"0\", expected"
            + " 1",
        "rollout.max-prompts-in-flight|0|parley.policy.rollout.max-prompts-in-flight is \"0\"",
        "rollout.transaction-timeout-ms|999|parley.policy.rollout.transaction-timeout-ms is"
            + " \"999\", expected 1000 or more",
        "rollout.session-timeout-ms|1|parley.policy.rollout.session-timeout-ms is \"1\", expected",
        "rollout.max-record-bytes|1|parley.policy.rollout.max-record-bytes is \"1\", expected"
            + " 65536",
        "versions.wait-ms|-1|parley.policy.versions.wait-ms is \"-1\", expected 0 or more",
        "reward.attempts|0|parley.policy.reward.attempts is \"0\", expected 1 or more",
        "reference.try-timeout-ms|0|parley.policy.reference.try-timeout-ms is \"0\", expected 1",
        "engine.max-row|4|there is no setting \"parley.policy.engine.max-row\"; did you mean"
            + " \"parley.policy.engine.max-rows\"?"
      })
  void aWrongSettingIsNamed(String key, String value, String message) {
    Map<String, String> values = new HashMap<>();
    values.put("parley.policy.model", directory.toString());
    values.put("parley.policy." + key, value);
    assertThatThrownBy(() -> read(values))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void allProblemsAreSaidAtOnce() {
    Map<String, String> values =
        Map.of("parley.policy.engine.max-rows", "0", "parley.policy.reward.attempts", "0");
    assertThatThrownBy(() -> read(values))
        .hasMessage(
            "parley.policy.model is not set, expected the model's directory;"
                + " parley.policy.engine.max-rows is \"0\", expected 1 or more;"
                + " parley.policy.reward.attempts is \"0\", expected 1 or more");
  }

  @Test
  void aMisspeltEnvironmentVariableIsNamed() {
    assertThatThrownBy(() -> KEYS.check(List.of("PARLEY_POLICY_RUNID")))
        .hasMessage(
            "there is no environment variable \"PARLEY_POLICY_RUNID\"; did you mean"
                + " \"PARLEY_POLICY_RUN_ID\"?");
  }

  @Test
  void variablesThatKubernetesSetsForAServiceOfThisNameAreLeftAlone() {
    KEYS.check(
        List.of(
            "PARLEY_POLICY_SERVICE_HOST",
            "PARLEY_POLICY_PORT_8091_TCP_ADDR",
            "PARLEY_POLICY_ENGINE_MAX_ROWS",
            "quarkus.http.port"));
  }
}
