package dev.parley.reward.scoring;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes scorers from settings, as a configuration would. */
final class Configured {

  private Configured() {}

  /** Makes the scorer of a name from keys below {@code parley.reward.scorers} and their values. */
  static Scorer scorer(String name, String... keysAndValues) {
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      values.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return Scorers.make("parley.reward", name, values, (scorer, batch, nanos) -> {});
  }

  /** Makes a scorer of one type, whose settings are given without its name. */
  static Scorer ofType(String type, String... keysAndValues) {
    String[] own = new String[keysAndValues.length + 2];
    own[0] = "own.type";
    own[1] = type;
    for (int i = 0; i < keysAndValues.length; i += 2) {
      own[i + 2] = "own." + keysAndValues[i];
      own[i + 3] = keysAndValues[i + 1];
    }
    return scorer("own", own);
  }

  /** Scores one answer. */
  static Verdict judge(Scorer scorer, String answer) {
    return scorer.score(List.of(Item.of(new Content.Texts("A question.", answer)))).get(0);
  }

  /** Scores one answer that must be scorable. */
  static double value(Scorer scorer, String answer) {
    Verdict verdict = judge(scorer, answer);
    if (!verdict.ok()) {
      throw new AssertionError(verdict.error());
    }
    return verdict.value();
  }
}
