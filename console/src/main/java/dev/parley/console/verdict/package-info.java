/**
 * What people said.
 *
 * <p>In: a reply from a page. Out: a verdict with its event, in one transaction; the verdict taken
 * back again while it can be; all verdicts of a study as rows and as files. Called by the pages.
 */
package dev.parley.console.verdict;
