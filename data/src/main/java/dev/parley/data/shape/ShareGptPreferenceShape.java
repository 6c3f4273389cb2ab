package dev.parley.data.shape;

import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import java.util.Set;

/**
 * LLaMA-Factory's preferences in ShareGPT form: {@code conversations} is the prompt, {@code chosen}
 * and {@code rejected} one turn each.
 */
final class ShareGptPreferenceShape implements RowShape {

  @Override
  public String name() {
    return "sharegpt-preference";
  }

  @Override
  public Set<String> requires() {
    return Set.of("conversations", "chosen", "rejected");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("prompt", "completion", "messages", "instruction");
  }

  @Override
  public Example read(RowFields row) {
    return new Preference(
        ShareGptTurns.conversation(row),
        row.answerTurns("chosen"),
        row.answerTurns("rejected"),
        row.optionalNumber("margin"),
        false,
        PreferenceSource.UNKNOWN,
        "");
  }
}
