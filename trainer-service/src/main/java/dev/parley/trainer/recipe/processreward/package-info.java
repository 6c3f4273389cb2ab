/**
 * Process reward model: the scalar head says at the end of each step how likely it is right
 * (Lightman et al. 2023, arXiv:2305.20050; Wang et al. 2024, arXiv:2312.08935, eq. 2).
 *
 * <pre>
 * L = −mean over labelled steps of  y log σ(r) + (1 − y) log (1 − σ(r))
 * </pre>
 *
 * <p>In: answers in steps, with labels y from 0 (wrong) to 1 (right). Out: a model whose scalar
 * head gives r at the last token of each step. The loop is that of {@link
 * dev.parley.trainer.offline}.
 */
package dev.parley.trainer.recipe.processreward;
