/**
 * Studies: a question to people about pairs of answers.
 *
 * <p>In: how a study is run, and a file of pairs, line by line as {@code docs/console.md} shows it.
 * Out: studies and their pairs in the database. Called by the pages.
 */
package dev.parley.console.study;
