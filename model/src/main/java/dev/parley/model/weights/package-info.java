/**
 * A model's tensors: the safetensors files they come from and go to, and the one flat buffer that
 * they live in.
 *
 * <p>Comes in: a Hugging Face directory and the slots that a family asks for. Goes out: {@link
 * dev.parley.model.weights.Weights}, whose arrays the decoder's program takes. Called by {@code
 * LanguageModel} and by whoever writes checkpoints.
 */
package dev.parley.model.weights;
