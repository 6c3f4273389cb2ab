package dev.parley.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import ai.djl.ndarray.NDArray;
import com.google.gson.JsonObject;
import dev.parley.model.LanguageModel;
import dev.parley.model.RandomModels;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Precision;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The arrays that a pass holds, counted, beside those that are predicted. */
class PassMemoryTest {

  private static final int ROWS = 6;
  private static final int LENGTH = 40;

  static Stream<RandomModels.Architecture> architectures() {
    return RandomModels.all();
  }

  /** The same architecture, wide enough that numbers per token do not count. */
  private static LanguageModel wide(RandomModels.Architecture architecture, Precision precision) {
    JsonObject fields = new JsonObject();
    fields.addProperty("hidden_size", 192);
    fields.addProperty("n_embd", 192);
    fields.addProperty("intermediate_size", 512);
    fields.addProperty("n_inner", 512);
    fields.addProperty("vocab_size", 300);
    fields.addProperty("max_position_embeddings", 64);
    fields.addProperty("n_positions", 64);
    EngineOptions options = new EngineOptions(EngineOptions.CPU.device(), precision);
    return LanguageModel.create(architecture.config().with(fields), 1, options);
  }

  private static TokenBatch batch() {
    Random random = new Random(1);
    return TokenBatch.of(
        Stream.generate(() -> random.ints(LENGTH, 0, 300).toArray()).limit(ROWS).toList());
  }

  /** DJL knows no size of bfloat16. */
  private static int bytes(NDArray array) {
    int known = array.getDataType().getNumOfBytes();
    return known == 0 ? Precision.BFLOAT16.bytes() : known;
  }

  private static void assertHolds(
      RandomModels.Architecture architecture, PassOptions options, Precision precision) {
    try (LanguageModel model = wide(architecture, precision)) {
      TokenBatch batch = batch();
      int[] chosen = batch.allPositions();
      int[] positions =
          Arrays.stream(chosen)
              .filter(i -> i % LENGTH >= LENGTH / 2 && i % LENGTH < LENGTH - 1)
              .toArray();
      try (ForwardPass pass = model.forward(batch, positions, new float[0], options)) {
        long held =
            pass.scope().getManagedArrays().stream()
                .mapToLong(array -> array.size() * bytes(array))
                .sum();
        PassMemory memory =
            new PassMemory(
                model.shape(), model.heads(), model.weights().slots(), options, precision);
        assertThat(
                memory.kept(new PassMemory.Size(batch.size(), positions.length, batch.longest())))
            .as(architecture.name())
            .isCloseTo(held, withPercentage(12));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void aPassHoldsWhatIsPredicted(RandomModels.Architecture architecture) {
    assertHolds(architecture, PassOptions.PLAIN, Precision.FLOAT32);
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void inBfloat16ItHoldsWhatIsPredicted(RandomModels.Architecture architecture) {
    assertHolds(architecture, PassOptions.PLAIN, Precision.BFLOAT16);
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void withLayersComputedAgainItHoldsWhatIsPredicted(RandomModels.Architecture architecture) {
    assertHolds(architecture, new PassOptions(0, true), Precision.FLOAT32);
    assertHolds(architecture, new PassOptions(1, false), Precision.FLOAT32);
  }
}
