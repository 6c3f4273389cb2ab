/**
 * Transactions on PostgreSQL. In: work on a connection. Out: its result, committed. Called by the
 * packages that keep something; their SQL stands with them.
 */
package dev.parley.console.database;
