package dev.parley.console.page;

/**
 * What every page has around it.
 *
 * @param title of the page
 * @param name who is signed in; empty if nobody is
 * @param owner whether this person may see what comes out
 * @param form what forms of this person carry
 * @param version of style and script, so that browsers do not use older ones
 * @param notice something to tell; may be empty
 */
public record Frame(
    String title, String name, boolean owner, String form, String version, String notice) {}
