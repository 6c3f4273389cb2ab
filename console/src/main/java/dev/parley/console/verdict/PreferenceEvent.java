package dev.parley.console.verdict;

import dev.parley.console.study.NewPair;
import dev.parley.console.study.Turn;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.preference.v1.Preference;
import dev.parley.proto.preference.v1.PreferenceSource;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A verdict as the event that others learn from. */
final class PreferenceEvent {

  private PreferenceEvent() {}

  /**
   * The event.
   *
   * @param id of the verdict, and so of the preference, however often it is sent
   * @param choice one that counts
   * @throws IllegalArgumentException if it does not count
   */
  static Preference of(
      UUID id,
      List<Turn> prompt,
      NewPair.Answers answers,
      Choice choice,
      Optional<Strength> strength,
      String annotator,
      String reason,
      Instant at) {
    if (!choice.counts()) {
      throw new IllegalArgumentException(choice + " says nothing about which answer is better");
    }
    boolean secondChosen = choice == Choice.SECOND;
    Preference.Builder event =
        Preference.newBuilder()
            .setPreferenceId(id.toString())
            .setPrompt(conversation(prompt))
            .setChosen(conversation(secondChosen ? answers.second() : answers.first()))
            .setRejected(conversation(secondChosen ? answers.first() : answers.second()))
            .setSource(PreferenceSource.PREFERENCE_SOURCE_HUMAN)
            .setAnnotator(annotator)
            .setCreatedAtMs(at.toEpochMilli())
            .setRationale(reason)
            .setTie(choice.tie());
    strength.ifPresent(value -> event.setMargin(value.margin()));
    return event.build();
  }

  private static Conversation conversation(List<Turn> turns) {
    Conversation.Builder conversation = Conversation.newBuilder();
    turns.forEach(
        turn ->
            conversation.addMessages(
                Message.newBuilder().setRole(turn.role()).setContent(turn.content())));
    return conversation.build();
  }
}
