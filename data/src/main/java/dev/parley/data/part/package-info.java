/**
 * Datasets divided into parts, and put together from parts.
 *
 * <p>In: groups of rows that must not be torn apart, or streams of rows with weights; a seed. Out:
 * the part of each group; one stream. Called by the command line.
 */
package dev.parley.data.part;
