/**
 * Reward model from pairwise preferences (Bradley and Terry 1952; Stiennon et al. 2020,
 * arXiv:2009.01325; Ouyang et al. 2022, arXiv:2203.02155, eq. 1).
 *
 * <pre>
 * L = −mean log σ(r_chosen − r_rejected − margin) + c mean (r_chosen + r_rejected)²
 * </pre>
 *
 * <p>In: the rewards of chosen and rejected answers. Out: the loss and its metrics. Caller: the
 * reward-model recipe, once per micro-batch.
 */
package dev.parley.trainer.recipe.rewardmodel;
