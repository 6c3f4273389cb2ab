/**
 * Decoding on the processor's vector units, in Java: kernels, pages of keys and values, and the
 * threads that share a step.
 *
 * <p>In: a model's weights, tokens in pieces. Out: drawn tokens. Callers: {@code generation}, where
 * the JVM has {@code jdk.incubator.vector} and the model is on the CPU. Why this is not libtorch
 * stands in {@code docs/decisions/0006-decoding-in-java.md}.
 */
package dev.parley.model.vector;
