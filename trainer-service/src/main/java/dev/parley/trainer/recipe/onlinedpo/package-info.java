/**
 * Online direct preference optimisation (Guo et al. 2024, arXiv:2402.04792): the pairs that DPO
 * learns from are answers of the policy itself, judged by the reward service while it learns.
 *
 * <pre>
 * y_1 … y_n ~ π        y_w, y_l = the best and the worst by score
 * L = −log σ(β (log π(y_w)/π_ref(y_w) − log π(y_l)/π_ref(y_l)))
 * </pre>
 *
 * <p>In: an update's answers with their reference log-probabilities. Out: optimizer steps by {@link
 * dev.parley.trainer.recipe.dpo.DpoLoss}. Caller: the loop of {@link dev.parley.trainer.onpolicy}.
 */
package dev.parley.trainer.recipe.onlinedpo;
