/**
 * What recipes share that learn what is preferred without a reward model (DPO, online DPO, KTO,
 * ORPO, SimPO, weighted imitation): answers seen as one log-probability each, a frozen reference's,
 * computed once and kept on disk, and losses of pairs with what is measured of them.
 *
 * <p>Comes in: answers as tokens, and a recipe's loss of their log-probabilities. Goes out: an
 * objective for the loop of {@link dev.parley.trainer.offline}. Callers: the recipes named above.
 */
package dev.parley.trainer.preference;
