/**
 * {@code parley models}: models on this machine and on the hub.
 *
 * <p>In: a directory or a hub id. Out: what the model is, or where it lies. Downloading is in
 * {@code dev.parley.cli.hub}.
 */
package dev.parley.cli.models;
