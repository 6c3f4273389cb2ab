package dev.parley.console.page;

/**
 * The page on which people say who they are.
 *
 * @param asksForToken whether a token is needed
 * @param to the page to go to afterwards
 * @param name what was typed
 * @param problem what was wrong with it; empty if nothing was
 */
public record SignInView(boolean asksForToken, String to, String name, String problem) {}
