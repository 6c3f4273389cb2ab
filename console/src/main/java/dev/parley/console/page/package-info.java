/**
 * What browsers get: pages on which people judge, pages on which a study's owner sees what comes
 * out, files, and errors as pages.
 *
 * <p>In: requests. Out: HTML from the templates beside the code's resources, JSON Lines, redirects.
 * All that comes from a file or from a person is escaped by the templates; the pages run one script
 * and allow no other. It calls all other packages.
 */
package dev.parley.console.page;
