/**
 * Settings whose keys are misspelt.
 *
 * <p>In: the interface that declares a service's settings, and the names of all properties that
 * there are. Out: an error that names what was meant. Called once, before a service starts.
 */
package dev.parley.serving.settings;
