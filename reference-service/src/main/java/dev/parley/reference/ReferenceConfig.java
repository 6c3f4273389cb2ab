package dev.parley.reference;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** The service's settings as they are written; {@link ReferenceSettings} holds them checked. */
@ConfigMapping(prefix = ReferenceConfig.PREFIX)
public interface ReferenceConfig {

  /** What all keys start with. */
  String PREFIX = "parley.reference";

  /**
   * The reference model's Hugging Face directory, or that of an adapter in PEFT's layout. Must be
   * given.
   */
  Optional<Path> model();

  /** The directory of an adapter's base, if it is not where the adapter says. */
  Optional<Path> base();

  /**
   * The SHA-256 (64 hex digits) that the weights must have. Without it any weights are served,
   * under the digest that they have.
   */
  Optional<String> digest();

  /** Where to compute: cpu, cuda or cuda:N. */
  @WithDefault("cpu")
  String device();

  /** Number format of weights and activations: float32 or bfloat16. */
  @WithDefault("float32")
  String precision();

  /** Threads per libtorch operation. Without it libtorch takes one per physical core. */
  OptionalInt threads();

  /** Most tokens of one forward pass, padding included: what bounds its memory. */
  @WithDefault("8192")
  int batchTokens();

  /** Longest time (ms) that a request waits for others to share a forward pass with. */
  @WithDefault("5")
  int longestWaitMs();

  /** Most tokens that wait; beyond, requests are refused with a hint when to come again. */
  @WithDefault("1048576")
  int maxQueueTokens();
}
