/**
 * 4: scores.
 *
 * <p>Comes in: batches of conversations, texts or token ids over gRPC. Goes out: one score per item
 * with its status, components and the version of what scored. The policy calls it, and any client
 * may; it calls nobody.
 *
 * <p>A call goes {@link dev.parley.reward.RewardGrpcService} (checks, status codes) → {@link
 * dev.parley.serving.calls.CallQueue} (bounded, merges callers) → {@link
 * dev.parley.reward.ScoreWorker} (one thread) → a {@link dev.parley.reward.scoring.Scorer}.
 */
package dev.parley.reward;
