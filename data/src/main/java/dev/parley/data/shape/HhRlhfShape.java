package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import java.util.List;
import java.util.Set;

/**
 * Anthropic's hh-rlhf: {@code chosen} and {@code rejected} are whole dialogues in one string each,
 * equal up to the last assistant turn.
 *
 * <p>A few rows of the published files do not hold to that, because one of the two says
 * "Assistant:" or "Human:" twice in a row. They are refused: a prompt cut at the first difference
 * would compare dialogues, not answers.
 */
final class HhRlhfShape implements RowShape {

  @Override
  public String name() {
    return "hh-rlhf";
  }

  @Override
  public Set<String> requires() {
    return Set.of("chosen", "rejected");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("prompt", "instruction", "conversations", "messages");
  }

  @Override
  public boolean matches(RowFields row) {
    return RowShape.super.matches(row) && !row.isTurns("chosen") && !row.isTurns("rejected");
  }

  @Override
  public Example read(RowFields row) {
    List<ChatTurn> chosen = HumanAssistantText.turns(row.text("chosen"), "chosen");
    List<ChatTurn> rejected = HumanAssistantText.turns(row.text("rejected"), "rejected");
    requireAnswerLast("chosen", chosen);
    requireAnswerLast("rejected", rejected);
    List<ChatTurn> prompt = chosen.subList(0, chosen.size() - 1);
    List<ChatTurn> other = rejected.subList(0, rejected.size() - 1);
    if (!prompt.equals(other)) {
      throw new InvalidExampleException(
          Defect.DIFFERENT_PROMPTS,
          "chosen (%d turns) and rejected (%d turns) differ from turn %d on; expected that they differ in their last turn alone"
              .formatted(
                  chosen.size(), rejected.size(), CommonPrefix.length(chosen, rejected) + 1));
    }
    return new Preference(
        prompt,
        chosen.subList(prompt.size(), chosen.size()),
        rejected.subList(prompt.size(), rejected.size()),
        row.optionalNumber("margin"),
        false,
        PreferenceSource.UNKNOWN,
        "");
  }

  private static void requireAnswerLast(String key, List<ChatTurn> turns) {
    if (!turns.get(turns.size() - 1).isAssistant()) {
      throw new InvalidExampleException(
          Defect.BROKEN_CONVERSATION,
          "'%s' ends with a turn of Human; expected that Assistant has the last word"
              .formatted(key));
    }
  }
}
