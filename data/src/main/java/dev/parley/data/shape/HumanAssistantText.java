package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.InvalidExampleException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A dialogue in one string, as Anthropic's hh-rlhf has it: {@code "\n\nHuman: …\n\nAssistant: …"}.
 * White space around a turn belongs to the format and is dropped.
 */
final class HumanAssistantText {

  private static final Pattern SPEAKER = Pattern.compile("\n\n(Human|Assistant):");

  private HumanAssistantText() {}

  static boolean isDialogue(String text) {
    Matcher matcher = SPEAKER.matcher(text);
    return matcher.lookingAt();
  }

  /** All turns. The text has to begin with a speaker. */
  static List<ChatTurn> turns(String text, String key) {
    if (!isDialogue(text)) {
      throw new InvalidExampleException(
          Defect.BROKEN_CONVERSATION,
          "'%s' does not begin with \"\\n\\nHuman:\"; expected a dialogue in that form, or a 'prompt' beside 'chosen' and 'rejected'"
              .formatted(key));
    }
    List<ChatTurn> turns = new ArrayList<>();
    Matcher matcher = SPEAKER.matcher(text);
    matcher.find();
    boolean more = true;
    while (more) {
      String role = matcher.group(1).equals("Human") ? ChatTurn.USER : ChatTurn.ASSISTANT;
      int start = matcher.end();
      more = matcher.find();
      turns.add(
          new ChatTurn(
              role, text.substring(start, more ? matcher.start() : text.length()).strip()));
    }
    return turns;
  }

  /** The turns of a prompt, which may end with an empty "Assistant:" that asks for the answer. */
  static List<ChatTurn> promptTurns(String text, String key) {
    List<ChatTurn> turns = turns(text, key);
    ChatTurn last = turns.get(turns.size() - 1);
    return last.isAssistant() && last.content().isEmpty()
        ? turns.subList(0, turns.size() - 1)
        : turns;
  }
}
