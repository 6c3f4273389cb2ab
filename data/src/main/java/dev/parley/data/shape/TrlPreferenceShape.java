package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * TRL's preferences: {@code chosen} and {@code rejected}, each text or turns, with the {@code
 * prompt} beside them (text or turns) or inside them (turns that begin alike). UltraFeedback's
 * variant has both, and a copy of the chosen turns in {@code messages}; the copies have to agree.
 */
final class TrlPreferenceShape implements RowShape {

  @Override
  public String name() {
    return "trl-preference";
  }

  @Override
  public Set<String> requires() {
    return Set.of("chosen", "rejected");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("instruction", "conversations", "completion");
  }

  @Override
  public boolean matches(RowFields row) {
    return RowShape.super.matches(row)
        && (row.has("prompt") || row.isTurns("chosen") || row.isTurns("rejected"));
  }

  @Override
  public Example read(RowFields row) {
    row.requireTextOnly();
    List<ChatTurn> chosen = row.answerTurns("chosen");
    List<ChatTurn> rejected = row.answerTurns("rejected");
    requireCopy(row, chosen);
    boolean wholeConversations = !chosen.get(0).isAssistant() || !rejected.get(0).isAssistant();
    if (!wholeConversations) {
      if (!row.has("prompt")) {
        throw new InvalidExampleException(
            Defect.MISSING_FIELD,
            "chosen and rejected hold answers alone and 'prompt' is missing; expected what they answer");
      }
      return preference(row, row.promptTurns("prompt"), chosen, rejected);
    }
    // As many turns as both share, but never the answer itself: two answers may begin alike.
    int shared = CommonPrefix.length(chosen, rejected);
    while (shared > 0 && (shared == chosen.size() || shared == rejected.size())) {
      shared--;
    }
    List<ChatTurn> prompt = new ArrayList<>(chosen.subList(0, shared));
    if (prompt.isEmpty()) {
      throw new InvalidExampleException(
          Defect.DIFFERENT_PROMPTS,
          "chosen and rejected begin with different turns; expected the same prompt in both, or answers alone with a 'prompt'");
    }
    requireSamePrompt(row, prompt);
    return preference(
        row,
        prompt,
        chosen.subList(shared, chosen.size()),
        rejected.subList(shared, rejected.size()));
  }

  private static Preference preference(
      RowFields row, List<ChatTurn> prompt, List<ChatTurn> chosen, List<ChatTurn> rejected) {
    return new Preference(
        prompt,
        chosen,
        rejected,
        row.optionalNumber("margin"),
        row.flag("tie"),
        PreferenceSource.UNKNOWN,
        "",
        row.optionalNumber("confidence"));
  }

  private static void requireCopy(RowFields row, List<ChatTurn> chosen) {
    if (row.has("messages") && !row.turns("messages").equals(chosen)) {
      throw new InvalidExampleException(
          Defect.AMBIGUOUS_SHAPE,
          "'messages' stands beside 'chosen' and says something else; expected a copy of the chosen turns, or no 'messages'");
    }
  }

  private static void requireSamePrompt(RowFields row, List<ChatTurn> prompt) {
    if (!row.has("prompt")) {
      return;
    }
    boolean same =
        row.isText("prompt")
            ? prompt.stream().anyMatch(turn -> turn.content().equals(row.text("prompt")))
            : prompt.equals(row.turns("prompt"));
    if (!same) {
      throw new InvalidExampleException(
          Defect.DIFFERENT_PROMPTS,
          "'prompt' is not the prompt that chosen and rejected begin with; expected the same text in all three");
    }
  }
}
