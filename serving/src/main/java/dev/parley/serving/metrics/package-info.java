/**
 * Meters of a service.
 *
 * <p>In: what each meter is, in one list. Out: the list for the catalogue of all meters, and the
 * meters themselves in Micrometer's registry. Called by each service's one class of metrics.
 */
package dev.parley.serving.metrics;
