/**
 * Events on their way to Kafka.
 *
 * <p>In: an event, in the transaction of what it tells. Out: a record on the topic {@code
 * preferences}, at least once, always with the same id; while brokers are away events wait in the
 * database. Called by {@link dev.parley.console.verdict}; the publisher runs beside the pages, and
 * of several replicas each event is taken by one.
 */
package dev.parley.console.outbox;
