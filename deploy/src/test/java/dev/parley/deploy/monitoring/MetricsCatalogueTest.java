package dev.parley.deploy.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsCatalogueTest {

  @Test
  void thePageIsWhatTheCodeSays() throws IOException {
    if (Boolean.getBoolean("parley.rewrite")) {
      Files.writeString(MetricsCatalogue.PAGE, MetricsCatalogue.page());
    }
    assertThat(Files.readString(MetricsCatalogue.PAGE))
        .as("%s is stale; its own command rewrites it", MetricsCatalogue.PAGE)
        .isEqualTo(MetricsCatalogue.page());
  }

  @Test
  void everyMetricHasOneMeaningOnly() {
    assertThat(
            MetricsCatalogue.rows().values().stream()
                .flatMap(List::stream)
                .map(MetricsCatalogue.Row::name))
        .doesNotHaveDuplicates();
  }
}
