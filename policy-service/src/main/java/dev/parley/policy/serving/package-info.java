/**
 * Step 8: new weights are announced, checked, and exchanged for the running ones. Comes in: the
 * topic of versions. Goes out: weights for whoever owns the running ones ({@link
 * dev.parley.policy.serving.WeightSwap}). The service starts it.
 */
package dev.parley.policy.serving;
