/**
 * {@code parley up}: broker and services on this machine, as processes of their own.
 *
 * <p>In: models, ports, threads. Out: running services and where each listens. How processes are
 * started and stopped is in {@code dev.parley.cli.process}; the names of the services' properties
 * are in one class, {@code ServiceProperties}.
 */
package dev.parley.cli.up;
