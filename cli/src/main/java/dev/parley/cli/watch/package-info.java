/**
 * Shows how a training run goes.
 *
 * <p>In: {@code events.jsonl} in a run's directory, one {@code parley.run.v1.RunEvent} per line in
 * protobuf's JSON form, which the trainer writes. Out: a few lines on a terminal, drawn over as the
 * file grows, and plain lines elsewhere. Called by {@code parley watch}, and by the commands that
 * start a training run.
 */
package dev.parley.cli.watch;
