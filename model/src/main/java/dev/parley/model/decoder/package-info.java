/**
 * The transformer: a TorchScript program for the decoder and one for its heads, and the Java
 * classes that run them.
 *
 * <p>Comes in: {@link dev.parley.model.decoder.TokenBatch}es and {@link
 * dev.parley.model.weights.Weights}. Goes out: hidden states, log-probabilities, scalars, and
 * gradients. Called by {@link dev.parley.model.LanguageModel}.
 */
package dev.parley.model.decoder;
