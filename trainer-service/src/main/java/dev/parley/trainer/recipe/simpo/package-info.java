/**
 * Preferences without a reference model: SimPO (Meng et al. 2024, arXiv:2405.14734, eq. 6) and CPO
 * (Xu et al. 2024, arXiv:2401.08417).
 *
 * <pre>
 * SimPO  L = −mean log σ(β (c − r) − γ)     c, r: mean log π per token of the answers
 * CPO    L = −mean log σ(β (c − r))         c, r: summed log π of the answers
 * </pre>
 *
 * <p>Of a pair whose label is in doubt, the loss is p times that and 1 − p times that of the pair
 * the other way round ({@link dev.parley.trainer.loss.SoftLabels}).
 *
 * <p>In: log-probabilities of both answers. Out: the loss and its metrics. Caller: the SimPO
 * recipe, once per micro-batch; CPO adds the NLL of the chosen answers ({@link
 * dev.parley.trainer.recipe.sft.SftLoss}).
 */
package dev.parley.trainer.recipe.simpo;
