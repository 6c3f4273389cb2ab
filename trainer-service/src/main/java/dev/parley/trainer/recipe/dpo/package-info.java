/**
 * Direct preference optimisation (Rafailov et al. 2023, arXiv:2305.18290, eq. 7) and the losses
 * that share its inputs.
 *
 * <pre>
 * a = log π(chosen) − log π_ref(chosen)      b = log π(rejected) − log π_ref(rejected)
 * L = −mean log σ(β (a − b))                                  of labels that are certain
 *   = −mean (p log σ(β (a − b)) + (1 − p) log σ(β (b − a)))   p < 1 if the label is in doubt
 * </pre>
 *
 * <p>In: log-probabilities of both answers of each pair under policy and reference. Out: the loss,
 * the implicit rewards β a and β b, and the metrics. The other losses are those of {@link
 * dev.parley.trainer.preference.PairVariant}. Caller: the DPO recipe, once per micro-batch; both
 * answers of a pair are in the same one.
 */
package dev.parley.trainer.recipe.dpo;
