/**
 * The loop as users run it: the built services and the trainer as processes, a real broker, real
 * gRPC channels, and kill -9.
 */
package dev.parley.deploy;
