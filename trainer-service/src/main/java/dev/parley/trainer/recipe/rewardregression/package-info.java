/**
 * Reward model from ratings (Knox and Stone 2009, TAMER; Wang et al. 2024, HelpSteer2,
 * arXiv:2406.08673): the scalar head learns the number that people gave an answer.
 *
 * <pre>
 * L = mean (r − y)²,   y = (score − mean) / deviation of the scores learnt from, or the score itself
 * </pre>
 *
 * <p>In: answers with scores. Out: a model whose scalar head predicts one attribute. The loop is
 * that of {@link dev.parley.trainer.offline}.
 */
package dev.parley.trainer.recipe.rewardregression;
