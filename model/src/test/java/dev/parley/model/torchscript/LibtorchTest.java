package dev.parley.model.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.pytorch.jni.LibUtils;
import com.sun.jna.NativeLibrary;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LibtorchTest {

  /** MKL's number for the branch with AVX-512, in its header mkl_cbwr.h. */
  private static final int AVX512_E1 = 14;

  @Test
  void onAnAmdProcessorWithAvx512MklUsesIt() {
    assumeThat(Processor.isAmdWithAvx512()).isTrue();

    Libtorch.load();

    NativeLibrary libtorch =
        NativeLibrary.getInstance(
            Path.of(LibUtils.getLibtorchPath(), "libtorch_cpu.so").toString());
    assertThat(libtorch.getFunction("mkl_serv_cbwr_get_auto_branch").invokeInt(new Object[0]))
        .isEqualTo(AVX512_E1);
  }
}
