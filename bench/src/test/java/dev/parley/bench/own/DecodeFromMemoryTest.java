package dev.parley.bench.own;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DecodeFromMemoryTest {

  @Test
  void aTiedModelReadsAllWeightsForAToken() {
    assertThat(DecodeFromMemory.bytesPerToken(1000, StepFlopsTest.shape(1, true))).isEqualTo(4000);
  }

  @Test
  void ofAnEmbeddingTableThatIsNotTheHeadOneRowIsRead() {
    assertThat(DecodeFromMemory.bytesPerToken(1000, StepFlopsTest.shape(1, false)))
        .isEqualTo(4 * (1000 - 10 * 4 + 4));
  }
}
