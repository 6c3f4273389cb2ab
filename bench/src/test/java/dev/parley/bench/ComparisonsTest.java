package dev.parley.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.Failure;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ComparisonsTest {

  private final List<Comparison> all =
      Comparisons.all(new Rig(Path.of("nowhere"), 2, Optional.empty()));

  private List<String> chosen(String... names) {
    return Comparisons.chosen(all, List.of(names)).stream().map(Comparison::name).toList();
  }

  @Test
  void namesAreUnique() {
    assertThat(all).extracting(Comparison::name).doesNotHaveDuplicates();
  }

  @Test
  void withoutNamesAllAreMeasured() {
    assertThat(Comparisons.chosen(all, List.of())).isEqualTo(all);
  }

  @Test
  void aNameStandsForItself() {
    assertThat(chosen("ppo-update", "train-step-15m"))
        .containsExactly("ppo-update", "train-step-15m");
  }

  @Test
  void theBeginningOfNamesStandsForAllThatBeginSo() {
    assertThat(chosen("train-step"))
        .containsExactly(
            "train-step-5m", "train-step-15m", "train-step-135m", "train-step-135m-bf16");
    assertThat(chosen("generate-15m"))
        .containsExactly("generate-15m-b1", "generate-15m-b8", "generate-15m-b32");
  }

  @Test
  void whatIsNamedTwiceIsMeasuredOnce() {
    assertThat(chosen("train-peak-5m", "train-peak"))
        .containsExactly("train-peak-5m", "train-peak-135m");
  }

  @Test
  void halfAWordStandsForNothing() {
    assertThatThrownBy(() -> chosen("trai"))
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> {
              assertThat(failure).hasMessage("there is no comparison \"trai\"");
              assertThat(failure.remedy()).contains("train-step-5m").contains("ppo-update");
            });
  }
}
