package dev.parley.model.torchscript;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** How many threads libtorch has is each Java thread's own affair. */
class NativeThreadsTest {

  @Test
  void aThreadThatHasNotComputedYetKeepsItsNumberWhateverOthersSetAfterIt() throws Exception {
    int before = NativeThreads.get();
    ExecutorService worker = Executors.newSingleThreadExecutor();
    try {
      worker.submit(() -> NativeThreads.set(1)).get();
      NativeThreads.set(before + 1);
      assertThat(worker.submit(NativeThreads::get).get()).isEqualTo(1);
      assertThat(NativeThreads.get()).isEqualTo(before + 1);
    } finally {
      worker.shutdown();
      NativeThreads.set(before);
    }
  }
}
