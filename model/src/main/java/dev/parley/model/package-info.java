/**
 * What a language model is: its shape, weights, text and sampling. Knows nothing of rewards, losses
 * or services.
 *
 * <p>Comes in: a Hugging Face model directory. Goes out: {@link dev.parley.model.LanguageModel},
 * which gives log-probabilities, scalars and gradients. Policy, reward, reference and trainer
 * service and the command line call it.
 *
 * <p>Letters in the shapes of this module: B rows, T positions of the longest row, N tokens of all
 * rows without padding, M chosen positions among them, V vocabulary, D hidden width, H attention
 * heads, K key and value heads, F feed-forward width.
 */
package dev.parley.model;
