package dev.parley.data.shape;

import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import java.util.Set;

/**
 * LLaMA-Factory's preferences in Alpaca form: {@code instruction}, {@code input}, {@code chosen},
 * {@code rejected}.
 */
final class AlpacaPreferenceShape implements RowShape {

  @Override
  public String name() {
    return "alpaca-preference";
  }

  @Override
  public Set<String> requires() {
    return Set.of("instruction", "chosen", "rejected");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("prompt", "completion", "output", "messages", "conversations");
  }

  @Override
  public Example read(RowFields row) {
    return new Preference(
        AlpacaTurns.prompt(row),
        row.answerTurns("chosen"),
        row.answerTurns("rejected"),
        row.optionalNumber("margin"),
        false,
        PreferenceSource.UNKNOWN,
        "");
  }
}
