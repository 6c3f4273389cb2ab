/**
 * Reward model from preferences (Bradley and Terry 1952; Stiennon et al. 2020, arXiv:2009.01325;
 * Ouyang et al. 2022, arXiv:2203.02155, eq. 1; Touvron et al. 2023, arXiv:2307.09288, eq. 2).
 *
 * <pre>
 * x   = r_chosen − r_rejected − margin
 * L   = mean of w (ℓ + c (r_chosen + r_rejected)²)    w: 1 over the pairs of the prompt, or 1
 * ℓ   = −(1 − ε) log σ(x) − ε log σ(−x)               ε: label smoothing
 * of a tie, with d = r_one − r_other:
 * ℓ   = −½ log σ(d) − ½ log σ(−d)                     half
 * ℓ   = −log ((e^2η − 1) σ(d − η) σ(−d − η))          Rao and Kupper; a win is then σ(x − η)
 * </pre>
 *
 * <p>In: preferences. Out: a model whose scalar head scores answers, and {@code reward_model.json}
 * with what its scores are like; the loop is that of {@link dev.parley.trainer.offline}.
 */
package dev.parley.trainer.recipe.rewardmodel;
