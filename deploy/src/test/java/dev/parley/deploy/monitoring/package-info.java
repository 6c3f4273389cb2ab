/**
 * What watches the services, held against what they tell: the catalogue of metrics is made from the
 * services' own lists, dashboards and alerts may only ask for what stands in it. What needs a real
 * Prometheus is {@code deploy/monitoring/check.sh}.
 */
package dev.parley.deploy.monitoring;
