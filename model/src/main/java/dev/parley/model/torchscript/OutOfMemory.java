package dev.parley.model.torchscript;

import ai.djl.engine.EngineException;
import java.util.List;
import java.util.Optional;

/** Tells failures for want of memory from others. */
public final class OutOfMemory {

  /** What libtorch's allocators say, on the CPU and on a GPU, and C++'s own. */
  private static final List<String> WORDS =
      List.of("can't allocate memory", "CUDA out of memory", "std::bad_alloc");

  private OutOfMemory() {}

  /**
   * Looks for a want of memory: on the Java heap, outside it, or on a GPU.
   *
   * @param failure what a computation has thrown
   * @return what the allocator said, in one line; empty if the failure has another cause
   */
  public static Optional<String> reason(Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      return Optional.of(failure.toString());
    }
    if (failure instanceof EngineException && failure.getMessage() != null) {
      Optional<String> said =
          failure.getMessage().lines().filter(OutOfMemory::tells).findFirst().map(String::strip);
      if (said.isPresent()) {
        return said;
      }
    }
    return Optional.ofNullable(failure.getCause()).flatMap(OutOfMemory::reason);
  }

  private static boolean tells(String line) {
    return WORDS.stream().anyMatch(line::contains);
  }
}
