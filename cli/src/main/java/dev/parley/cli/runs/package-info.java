/**
 * Training runs in a Kubernetes cluster.
 *
 * <p>In: a run file, and the run template that the chart has put into the cluster. Out: a run's
 * objects (a ConfigMap with its settings, which owns the trainer's Job and the policies'
 * Deployment), and what becomes of them. {@link dev.parley.cli.runs.RunFile} and {@link
 * dev.parley.cli.runs.RunObjects} need no cluster; {@link dev.parley.cli.runs.Cluster} is the only
 * way to one. See docs/decisions/0031.
 */
package dev.parley.cli.runs;
