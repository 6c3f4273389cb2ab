/**
 * A Kafka broker for one machine, so that Parley runs where nothing is installed.
 *
 * <p>In: a port and a directory. Out: a KRaft broker with Parley's topics in this process. {@code
 * parley up} starts it as a process of its own through the hidden command {@code parley broker}. A
 * cluster uses a Kafka of its own instead, where {@code parley topics create} makes the topics.
 */
package dev.parley.cli.broker;
