/**
 * {@code --config FILE} and {@code --set KEY=VALUE}: what a user says on top of a recipe's
 * defaults.
 *
 * <p>In: arguments. Out: the same, checked for their form, for the process that knows the keys. The
 * trainer validates names and values. Mixed into every command that starts a training run.
 */
package dev.parley.cli.config;
