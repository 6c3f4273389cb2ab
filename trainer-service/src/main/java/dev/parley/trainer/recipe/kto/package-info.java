/**
 * Kahneman-Tversky optimisation: single answers marked desirable or not, no pairs (Ethayarajh et
 * al. 2024, arXiv:2402.01306, eq. 8).
 *
 * <pre>
 * x   = log π(answer) − log π_ref(answer)
 * z_0 = max(0, mean over mismatched answers of log π − log π_ref)        no gradient
 * L   = mean w_d (1 − σ(β (x − z_0)))  for desirable,  w_u (1 − σ(β (z_0 − x)))  for others
 * </pre>
 *
 * <p>A verdict in doubt, right with probability p, costs w (p (1 − σ) + (1 − p) σ), with the weight
 * of the verdict as it was given: its gradient is 2p − 1 times that of a certain one.
 *
 * <p>In: log-probabilities of answers under policy and reference. Out: the loss, the implicit
 * rewards, the metrics. Caller: the KTO recipe, once per micro-batch.
 */
package dev.parley.trainer.recipe.kto;
