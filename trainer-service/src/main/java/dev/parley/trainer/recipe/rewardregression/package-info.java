/**
 * Reward model from ratings (Knox and Stone 2009, TAMER; Wang et al. 2024, HelpSteer2,
 * arXiv:2406.08673): the scalar head learns the numbers that people gave an answer, with an output
 * for each attribute.
 *
 * <pre>
 * L = mean over all ratings of (r − y)²
 * y = (score − mean) / deviation of the attribute's scores learnt from, or the score itself
 * </pre>
 *
 * <p>In: answers with scores. Out: a model whose scalar head predicts the attributes. The loop is
 * that of {@link dev.parley.trainer.offline}.
 */
package dev.parley.trainer.recipe.rewardregression;
