package dev.parley.model.generation;

import dev.parley.model.LanguageModel;
import dev.parley.model.decoding.DecodeEngine;
import dev.parley.model.decoding.TorchEngine;
import dev.parley.model.decoding.WeightFormat;
import dev.parley.model.torchscript.NativeThreads;
import dev.parley.model.torchscript.Precision;
import dev.parley.model.vector.VectorEngine;
import dev.parley.model.vector.VectorUnit;
import java.util.Locale;
import java.util.Optional;

/**
 * How a generator works.
 *
 * @param engine what decodes
 * @param weights in which format; empty for the model's own precision. The engine "torch" knows no
 *     other
 * @param maxRows most sequences that are active at once
 * @param maxCacheTokens most positions whose keys and values are held in all
 * @param chunkTokens most tokens of prompts that are read in a step in which others decode, so that
 *     a long prompt does not stall them
 */
public record GeneratorOptions(
    Engine engine,
    Optional<WeightFormat> weights,
    int maxRows,
    int maxCacheTokens,
    int chunkTokens) {

  /** Prompt tokens beside decoding rows, if nothing else is said. */
  public static final int USUAL_CHUNK_TOKENS = 64;

  /** What decodes. */
  public enum Engine {
    /** Vector where the model is on the CPU and the JVM can; torch elsewhere. */
    AUTO,
    /** Java on the processor's vector units ({@code jdk.incubator.vector}). */
    VECTOR,
    /** libtorch, on any device. */
    TORCH;

    /**
     * Reads a setting.
     *
     * @param text "auto", "vector" or "torch"
     * @throws IllegalArgumentException if it is something else
     */
    public static Engine parse(String text) {
      for (Engine engine : values()) {
        if (engine.toString().equals(text.toLowerCase(Locale.ROOT))) {
          return engine;
        }
      }
      throw new IllegalArgumentException(
          "engine is \"" + text + "\", expected auto, vector or torch");
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Checks the numbers. */
  public GeneratorOptions {
    if (maxRows < 1 || maxCacheTokens < 2 || chunkTokens < 1) {
      throw new IllegalArgumentException(
          "a generator needs a row, two cache tokens and a token per chunk, got %d, %d, %d"
              .formatted(maxRows, maxCacheTokens, chunkTokens));
    }
  }

  /**
   * The usual way to generate.
   *
   * @param maxRows most sequences that are active at once
   * @param maxCacheTokens most positions whose keys and values are held in all
   */
  public static GeneratorOptions of(int maxRows, int maxCacheTokens) {
    return new GeneratorOptions(
        Engine.AUTO, Optional.empty(), maxRows, maxCacheTokens, USUAL_CHUNK_TOKENS);
  }

  /** Returns these options with another engine. */
  public GeneratorOptions with(Engine other) {
    return new GeneratorOptions(other, weights, maxRows, maxCacheTokens, chunkTokens);
  }

  /** Returns these options with weights in a format. */
  public GeneratorOptions with(WeightFormat format) {
    return new GeneratorOptions(engine, Optional.of(format), maxRows, maxCacheTokens, chunkTokens);
  }

  /**
   * Tells why the engine "vector" cannot be used.
   *
   * @param model predicts tokens
   * @return what to do about it; empty if it can
   */
  public Optional<String> obstacle(LanguageModel model) {
    if (model.options().device().isGpu()) {
      return Optional.of("the model is on " + model.options().deviceName());
    }
    Optional<String> missing = VectorUnit.missing();
    if (missing.isPresent()) {
      return missing;
    }
    long needed = VectorEngine.heapBytes(model.shape(), format(model), maxRows, maxCacheTokens);
    long there = Runtime.getRuntime().maxMemory();
    return needed <= there
        ? Optional.empty()
        : Optional.of(
            "give Java more memory: it needs %d MB of heap for weights, keys and values, -Xmx is %d MB"
                .formatted(needed >> 20, there >> 20));
  }

  private WeightFormat format(LanguageModel model) {
    return weights.orElse(own(model));
  }

  private static WeightFormat own(LanguageModel model) {
    return model.options().precision() == Precision.BFLOAT16
        ? WeightFormat.BFLOAT16
        : WeightFormat.FLOAT32;
  }

  /**
   * Makes the engine.
   *
   * @param model predicts tokens
   * @throws IllegalArgumentException if the model, the machine or the JVM does not allow it
   */
  DecodeEngine open(LanguageModel model) {
    Optional<String> obstacle = obstacle(model);
    if (engine == Engine.TORCH || engine == Engine.AUTO && obstacle.isPresent()) {
      if (format(model) != own(model)) {
        throw new IllegalArgumentException(
            "weights in %s need the decoder \"vector\": %s"
                .formatted(format(model), obstacle.orElse("it is \"torch\"")));
      }
      return new TorchEngine(model, maxRows, maxCacheTokens);
    }
    if (obstacle.isPresent()) {
      throw new IllegalArgumentException(
          "the decoder \"vector\" cannot be used: " + obstacle.get());
    }
    return new VectorEngine(model, format(model), maxRows, maxCacheTokens, NativeThreads.get());
  }
}
