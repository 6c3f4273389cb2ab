/**
 * A Kafka broker for tests. Nothing comes in; an address and what was committed goes out. The tests
 * of every module that speaks Kafka call it.
 */
package dev.parley.proto.kafka;
