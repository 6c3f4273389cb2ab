package dev.parley.events;

import dev.parley.data.ChatTurn;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalDouble;

/** A preference as an event on the topic {@code preferences}. */
public final class PreferenceEvent {

  private PreferenceEvent() {}

  /**
   * Makes an event. Its id is a hash of all that the preference says, so that one which is sent
   * twice can be told.
   *
   * @param rationale the judge's words; empty for none
   * @param createdAtMs when, milliseconds since 1970-01-01 UTC
   */
  public static dev.parley.proto.preference.v1.Preference of(
      Preference preference, String rationale, long createdAtMs) {
    dev.parley.proto.preference.v1.Preference.Builder event =
        dev.parley.proto.preference.v1.Preference.newBuilder()
            .setPreferenceId(id(preference))
            .setPrompt(conversation(preference.prompt()))
            .setChosen(conversation(preference.chosen()))
            .setRejected(conversation(preference.rejected()))
            .setSource(source(preference.source()))
            .setAnnotator(preference.annotator())
            .setCreatedAtMs(createdAtMs)
            .setRationale(rationale)
            .setTie(preference.tie());
    preference.margin().ifPresent(event::setMargin);
    preference.confidence().ifPresent(event::setConfidence);
    return event.build();
  }

  /**
   * Reads an event.
   *
   * @throws dev.parley.data.InvalidExampleException if it makes no preference
   */
  static Preference read(dev.parley.proto.preference.v1.Preference event) {
    return new Preference(
        turns(event.getPrompt()),
        turns(event.getChosen()),
        turns(event.getRejected()),
        event.hasMargin() ? OptionalDouble.of(event.getMargin()) : OptionalDouble.empty(),
        event.getTie(),
        source(event.getSource()),
        event.getAnnotator(),
        event.hasConfidence() ? OptionalDouble.of(event.getConfidence()) : OptionalDouble.empty());
  }

  static List<ChatTurn> turns(Conversation conversation) {
    return conversation.getMessagesList().stream()
        .map(message -> new ChatTurn(message.getRole(), message.getContent()))
        .toList();
  }

  private static Conversation conversation(List<ChatTurn> turns) {
    Conversation.Builder conversation = Conversation.newBuilder();
    for (ChatTurn turn : turns) {
      conversation.addMessages(
          Message.newBuilder().setRole(turn.role()).setContent(turn.content()));
    }
    return conversation.build();
  }

  private static dev.parley.proto.preference.v1.PreferenceSource source(PreferenceSource source) {
    return switch (source) {
      case UNKNOWN -> dev.parley.proto.preference.v1.PreferenceSource.PREFERENCE_SOURCE_UNSPECIFIED;
      case HUMAN -> dev.parley.proto.preference.v1.PreferenceSource.PREFERENCE_SOURCE_HUMAN;
      case RULE -> dev.parley.proto.preference.v1.PreferenceSource.PREFERENCE_SOURCE_RULE;
      case MODEL -> dev.parley.proto.preference.v1.PreferenceSource.PREFERENCE_SOURCE_MODEL;
    };
  }

  private static PreferenceSource source(dev.parley.proto.preference.v1.PreferenceSource source) {
    return switch (source) {
      case PREFERENCE_SOURCE_HUMAN -> PreferenceSource.HUMAN;
      case PREFERENCE_SOURCE_RULE -> PreferenceSource.RULE;
      case PREFERENCE_SOURCE_MODEL -> PreferenceSource.MODEL;
      case PREFERENCE_SOURCE_UNSPECIFIED, UNRECOGNIZED -> PreferenceSource.UNKNOWN;
    };
  }

  private static String id(Preference preference) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(preference.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
