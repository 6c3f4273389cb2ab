/**
 * Where a checkpoint or a file of rows comes from: what made it, with which settings, of which data
 * and models.
 *
 * <p>In: what a command is about to read, and what it has made. Out: {@code lineage.json} beside
 * it, which holds the whole ancestry, so that it can be told when the ancestors are gone. Written
 * by {@code parley train} and {@code parley pipeline run}, printed by {@code parley models
 * lineage}.
 */
package dev.parley.cli.lineage;
