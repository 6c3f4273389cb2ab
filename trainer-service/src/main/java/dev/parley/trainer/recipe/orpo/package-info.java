/**
 * Odds-ratio preference optimisation: fine-tuning and preferences in one loss, no reference (Hong
 * et al. 2024, arXiv:2403.07691, eq. 6 and 7).
 *
 * <pre>
 * log odds = (c − r) − (log(1 − e^c) − log(1 − e^r))     c, r: mean log π per token of the answers
 * L        = NLL(chosen) − β mean log σ(log odds)                         of certain labels
 *          = NLL(chosen) − β mean (p log σ(log odds) + (1 − p) log σ(−log odds))
 * </pre>
 *
 * <p>In: averaged log-probabilities of both answers. Out: the loss and its metrics. Caller: the
 * ORPO recipe, once per micro-batch.
 */
package dev.parley.trainer.recipe.orpo;
