/**
 * Who may open which page.
 *
 * <p>In: tokens that people type once, cookies that browsers send. Out: who somebody is and what
 * they may do. Nothing is kept on the server: a cookie carries name, role and time, signed with a
 * key made of the tokens, so that it holds on every replica and ends when a token is changed.
 * Called by the pages.
 */
package dev.parley.console.access;
