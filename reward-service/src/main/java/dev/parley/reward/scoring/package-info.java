/**
 * 4: what makes scores: reward models, judges, rules, verifiers, and what is composed of these.
 *
 * <p>Comes in: {@link dev.parley.reward.scoring.Item}s, and the settings under {@code
 * parley.reward.scorers}. Goes out: one {@link dev.parley.reward.scoring.Verdict} per item. Called
 * by the service's worker, and by {@code parley score}. Knows no gRPC, no container and no meters.
 *
 * <p>To add a rule, write one class that implements {@link dev.parley.reward.scoring.Rule} and one
 * line in {@link dev.parley.reward.scoring.ScorerTypes}.
 */
package dev.parley.reward.scoring;
