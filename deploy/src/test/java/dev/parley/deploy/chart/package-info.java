/**
 * The Helm chart, rendered by Helm's own code in this process: what it lints like, what it installs
 * and what it refuses. In: {@code deploy/chart/parley} and values files. Nothing is installed here;
 * {@code deploy/chart/check.sh} does that against a real API server.
 */
package dev.parley.deploy.chart;
