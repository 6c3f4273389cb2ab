package dev.parley.serving.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.ConfigMapping;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SettingKeysTest {

  /** A service's settings. */
  @ConfigMapping(prefix = "parley.tea")
  interface TeaConfig {

    /** A plain one. */
    Optional<String> leafKind();

    /** A group. */
    Pot pot();

    /** Names of the user's. */
    Map<String, String> guests();

    /** A group's settings. */
    interface Pot {

      /** A plain one. */
      int cups();
    }
  }

  private static final SettingKeys KEYS = SettingKeys.of(TeaConfig.class, "parley.tea.guests");

  @Test
  void keysOfGroupsAreKnownByTheirWholeNames() {
    assertThat(KEYS.known()).containsExactly("parley.tea.leaf-kind", "parley.tea.pot.cups");
  }

  @Test
  void everyMisspeltNameIsToldWithTheNearest() {
    assertThatThrownBy(
            () ->
                KEYS.check(
                    List.of("parley.tea.leaf-knd", "PARLEY_TEA_POT_CUP", "parley.tea.guest.ann")))
        .hasMessage(
            "there is no environment variable \"PARLEY_TEA_POT_CUP\"; did you mean"
                + " \"PARLEY_TEA_POT_CUPS\"?;"
                + " there is no setting \"parley.tea.guest.ann\"; did you mean"
                + " \"parley.tea.guests.<name>\"?;"
                + " there is no setting \"parley.tea.leaf-knd\"; did you mean"
                + " \"parley.tea.leaf-kind\"?");
  }

  @Test
  void whatIsNotTheServicesIsLeftAlone() {
    assertThatCode(
            () ->
                KEYS.check(
                    List.of(
                        "parley.tea.pot.cups",
                        "parley.tea.guests.ann",
                        "PARLEY_TEA_GUESTS_ANN",
                        "PARLEY_TEA_SERVICE_HOST",
                        "parley.coffee.cups",
                        "quarkus.http.port")))
        .doesNotThrowAnyException();
  }

  @Test
  void aYamlKeyWithDotsInItIsNotPassedOver() {
    assertThatThrownBy(() -> KEYS.check(List.of("\"parley.tea\".pot.cups")))
        .hasMessageContaining("the YAML key \"parley.tea\".pot.cups is no setting")
        .hasMessageContaining("a level for each part of parley.tea");
  }
}
