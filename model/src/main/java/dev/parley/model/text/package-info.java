/**
 * Text as a language model reads and writes it: token ids, streamed text, conversations.
 *
 * <p>In: a Hugging Face model directory ({@code tokenizer.json}, {@code tokenizer_config.json},
 * chat template), then texts, ids and messages. Out: {@link dev.parley.model.text.Encoding}, text,
 * {@link dev.parley.model.text.ChatTokens} with the mask of what the assistant wrote. Called by
 * whoever turns text into a model's input or its output into text: data loading, generation,
 * scoring.
 *
 * <p>The results are those of transformers, id for id. Offsets and spans count Unicode code points.
 */
package dev.parley.model.text;
