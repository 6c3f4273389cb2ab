/**
 * Advantage-weighted regression: offline reinforcement learning from rollouts that another run left
 * in the log (Peng et al. 2019, arXiv:1910.00177, eq. 10 and §5; for groups of answers the group's
 * mean stands in for the value function).
 *
 * <pre>
 * A_i = r_i − mean r          w_i = min(exp(A_i / β), w_max)
 * L   = − Σ_i w_i Σ_t log π(a_it) / tokens of the batch
 * </pre>
 *
 * <p>In: logged answers with their scores. Out: the loss and its metrics. Caller: the recipe, once
 * per micro-batch, in the loop of {@link dev.parley.trainer.offline}.
 */
package dev.parley.trainer.recipe.awr;
