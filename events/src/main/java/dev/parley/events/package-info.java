/**
 * Preferences and demonstrations as events on Kafka's topics, and as rows of a dataset: one place
 * that turns one into the other.
 *
 * <p>In: a broker's topic, or examples of {@code dev.parley.data}. Out: a file of rows with the
 * offsets that it holds ({@link dev.parley.events.TopicFile}), or events ({@link
 * dev.parley.events.PreferenceEvent}). Called by the trainer, which learns from topics, and by the
 * command, which writes judgements to them and keeps them as files. Entry test: about examples on
 * topics, and needed by both. {@code docs/decisions/0043-events-module.md} says why it is a module.
 */
package dev.parley.events;
