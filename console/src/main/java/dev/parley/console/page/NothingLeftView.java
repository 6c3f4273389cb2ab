package dev.parley.console.page;

/**
 * Said when no pair waits.
 *
 * @param study the study's name
 * @param path of the study
 * @param open whether it takes verdicts
 * @param judged by whoever looks
 * @param others whether pairs wait that others are just judging
 * @param canUndo whether the last verdict can be taken back
 */
public record NothingLeftView(
    String study, String path, boolean open, long judged, boolean others, boolean canUndo) {}
