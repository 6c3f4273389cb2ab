/**
 * 4: log-probabilities of the frozen model, which the policy must not drift away from.
 *
 * <p>Comes in: token sequences over gRPC. Goes out: one log-probability per token, with the digest
 * of the weights. Policy and trainer call it; it calls nobody, and has no way to reload.
 *
 * <p>A call goes {@link dev.parley.reference.ReferenceGrpcService} (checks, status codes) → {@link
 * dev.parley.serving.calls.CallQueue} (bounded, merges callers) → {@link
 * dev.parley.reference.LogProbsWorker} (one thread, cuts batches) → {@link
 * dev.parley.reference.ReferenceModel}.
 */
package dev.parley.reference;
