/**
 * Which texts say the same: near-duplicates by MinHash, and passages that two texts share.
 *
 * <p>In: texts, as words. Out: which earlier text a new one resembles, which prompts belong
 * together, which words of a training row stand in an evaluation set. Everything is deterministic.
 * Called by the command line.
 */
package dev.parley.data.similarity;
