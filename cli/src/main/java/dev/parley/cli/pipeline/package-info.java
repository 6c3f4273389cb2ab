/**
 * {@code parley pipeline run}: several stages from one file, each one a command of {@code parley}.
 *
 * <p>In: a YAML file that names inputs and stages. Out: a directory for each stage, with what it
 * made, its configuration, and {@code lineage.json}. A stage is done when its command, its settings
 * and the content of what it reads are those that it was run with.
 */
package dev.parley.cli.pipeline;
