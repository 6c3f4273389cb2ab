package dev.parley.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.serving.settings.SettingKeys;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConsoleConfigTest {

  private static final SettingKeys KEYS =
      SettingKeys.of(ConsoleConfig.class, ConsoleConfig.POLICIES);

  private static final String TOKEN = "0123456789abcdef";

  private static ConsoleSettings read(Map<String, String> values) {
    SmallRyeConfig config =
        new SmallRyeConfigBuilder()
            .withMapping(ConsoleConfig.class)
            .withValidateUnknown(false)
            .withSources(new PropertiesConfigSource(values, "test", 100))
            .build();
    KEYS.check(config.getPropertyNames());
    return ConsoleSettings.of(config.getConfigMapping(ConsoleConfig.class));
  }

  @Test
  void defaults() {
    assertThat(read(Map.of("parley.console.access-token", TOKEN)))
        .isEqualTo(
            new ConsoleSettings(
                Optional.of(TOKEN),
                Optional.empty(),
                Duration.ofDays(7),
                Duration.ofMinutes(30),
                Duration.ofMinutes(1),
                Duration.ofSeconds(1),
                Optional.empty(),
                Map.of(),
                new ConsoleSettings.Live(Duration.ofMinutes(1), 512, 1)));
  }

  @Test
  void everyKeyArrivesWhereItBelongs() {
    Map<String, String> values = new HashMap<>();
    values.put("parley.console.access-token", TOKEN);
    values.put("parley.console.admin-token", TOKEN + "x");
    values.put("parley.console.session-ms", "1000");
    values.put("parley.console.lease-ms", "2000");
    values.put("parley.console.hold-ms", "3000");
    values.put("parley.console.publish-every-ms", "4");
    values.put("parley.console.kafka.bootstrap-servers", "kafka:9092");
    values.put("parley.console.policies.new", "policy:8091");
    values.put("parley.console.live.timeout-ms", "5");
    values.put("parley.console.live.max-new-tokens", "6");
    values.put("parley.console.live.temperature", "0.7");
    assertThat(read(values))
        .isEqualTo(
            new ConsoleSettings(
                Optional.of(TOKEN),
                Optional.of(TOKEN + "x"),
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(3),
                Duration.ofMillis(4),
                Optional.of("kafka:9092"),
                Map.of("new", "policy:8091"),
                new ConsoleSettings.Live(Duration.ofMillis(5), 6, 0.7)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "parley.console.access-token|short|parley.console.access-token has 5 characters, expected 16",
        "parley.console.admin-token|short|parley.console.admin-token has 5 characters, expected 16",
        "parley.console.admin-token|0123456789abcdef|expected another one, or none",
        "parley.console.open|true|parley.console.access-token is \"given\", expected none beside",
        "parley.console.session-ms|0|parley.console.session-ms is \"0\", expected at least 1000",
        "parley.console.lease-ms|0|parley.console.lease-ms is \"0\", expected at least 1000",
        "parley.console.hold-ms|-1|parley.console.hold-ms is \"-1\", expected 0 or more",
        "parley.console.publish-every-ms|0|parley.console.publish-every-ms is \"0\", expected 1",
        "parley.console.policies.new|policy|parley.console.policies.new is \"policy\", expected host",
        "parley.console.live.temperature|-1|parley.console.live.temperature is \"-1.0\", expected 0",
        "parley.console.acess-token|x|no setting \"parley.console.acess-token\"; did you mean"
            + " \"parley.console.access-token\"?",
        "PARLEY_CONSOLE_ADMINTOKEN|x|no environment variable \"PARLEY_CONSOLE_ADMINTOKEN\"; did you"
            + " mean \"PARLEY_CONSOLE_ADMIN_TOKEN\"?"
      })
  void aWrongSettingIsNamedAndNoTokenIsPrinted(String key, String value, String message) {
    Map<String, String> values = new HashMap<>();
    values.put("parley.console.access-token", TOKEN);
    values.put(key, value);

    assertThatThrownBy(() -> read(values))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining(TOKEN);
  }

  @Test
  void withoutATokenTheServiceDoesNotStartUnlessItIsToBeOpen() {
    assertThatThrownBy(() -> read(Map.of()))
        .hasMessageContaining("parley.console.access-token is not set, expected a secret of 16");
    assertThat(read(Map.of("parley.console.open", "true")).accessToken()).isEmpty();
  }

  @Test
  void variablesThatKubernetesSetsForAServiceOfThisNameAreLeftAlone() {
    KEYS.check(
        List.of(
            "PARLEY_CONSOLE_PORT",
            "PARLEY_CONSOLE_SERVICE_PORT",
            "PARLEY_CONSOLE_SERVICE_PORT_HTTP",
            "PARLEY_CONSOLE_SERVICE_HOST",
            "PARLEY_CONSOLE_PORT_8095_TCP_ADDR",
            "PARLEY_CONSOLE_ACCESS_TOKEN",
            "PARLEY_CONSOLE_POLICIES_NEW",
            "parley.console.policies.anything",
            "quarkus.http.port"));
  }
}
