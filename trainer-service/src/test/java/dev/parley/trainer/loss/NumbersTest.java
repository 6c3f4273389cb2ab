package dev.parley.trainer.loss;

import static dev.parley.trainer.loss.Numbers.number;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.torchscript.Autograd;
import dev.parley.model.torchscript.Libtorch;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a loss needs on its way back is still there. */
class NumbersTest {

  @Test
  void numbersInALossOutliveACollectionOfGarbageBeforeItsWayBack() {
    try (NDManager scope = Libtorch.manager(Device.cpu()).newSubManager()) {
      Autograd.Scope recording = Autograd.on();
      NDArray x = scope.create(new float[] {1, 2});
      x.setRequiresGradient(true);
      NDArray loss =
          x.mul(number(x, 3)).maximum(number(x, 4)).pow(number(x, 2)).sum().div(number(x, 2));
      List<ByteBuffer> inThePlaceOfWhatWasFreed = collectGarbage();
      Autograd.backward(loss);
      recording.close();
      assertThat(Autograd.gradient(x).toFloatArray()).containsExactly(0, 18);
      assertThat(inThePlaceOfWhatWasFreed).isNotEmpty();
    }
  }

  /** Frees the memory of buffers that nobody holds, and writes over it. */
  private static List<ByteBuffer> collectGarbage() {
    WeakReference<Object> garbage = new WeakReference<>(new Object());
    while (garbage.get() != null) {
      System.gc();
    }
    List<ByteBuffer> others = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      ByteBuffer buffer =
          ByteBuffer.allocateDirect(Float.BYTES)
              .order(ByteOrder.nativeOrder())
              .putFloat(0, Float.NaN);
      others.add(buffer);
    }
    return others;
  }
}
