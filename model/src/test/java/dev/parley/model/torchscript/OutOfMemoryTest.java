package dev.parley.model.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import org.junit.jupiter.api.Test;

class OutOfMemoryTest {

  @Test
  void whatTheAllocatorRefusesIsToldInOneLine() {
    try (NDManager scope = Libtorch.manager(Device.cpu())) {
      Throwable failure = catchThrowable(() -> Tensors.zeros(scope, Precision.FLOAT32, 1L << 50));
      assertThat(OutOfMemory.reason(failure))
          .hasValueSatisfying(
              reason -> assertThat(reason).contains("can't allocate memory").doesNotContain("\n"));
      assertThat(OutOfMemory.reason(new IllegalStateException("wrapped", failure))).isPresent();
    }
  }

  @Test
  void aFullHeapIsOneToo() {
    assertThat(
            OutOfMemory.reason(
                catchThrowable(
                    () -> {
                      long[] tooLong = new long[Integer.MAX_VALUE];
                      tooLong[0] = 1;
                    })))
        .isPresent();
  }

  @Test
  void otherFailuresAreNot() {
    try (NDManager scope = Libtorch.manager(Device.cpu())) {
      Throwable refused = catchThrowable(() -> scope.create(1f).reshape(2, 3));
      assertThat(refused).isNotNull();
      assertThat(OutOfMemory.reason(refused)).isEmpty();
    }
    assertThat(OutOfMemory.reason(new IllegalStateException("can't allocate memory"))).isEmpty();
  }
}
