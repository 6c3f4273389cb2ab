package dev.parley.console.outbox;

/**
 * An event that is due.
 *
 * @param id its row
 * @param preferenceId the record's key
 * @param study the name of the study, for the record's header
 * @param event a {@code Preference}, serialized
 */
record WaitingEvent(long id, String preferenceId, String study, byte[] event) {}
