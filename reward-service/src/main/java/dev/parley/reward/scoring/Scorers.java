package dev.parley.reward.scoring;

import dev.parley.reward.scoring.ScorerTypes.Surroundings;
import dev.parley.serving.spelling.Spelling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Makes the scorers that a configuration describes. */
public final class Scorers {

  private static final String TYPE = "type";

  private final String answering;
  private final String prefix;
  private final ForwardListener listener;
  private final Map<String, Map<String, String>> settings = new TreeMap<>();
  private final Map<String, Scorer> finished = new HashMap<>();
  private final List<String> underway = new ArrayList<>();

  private Scorers(String prefix, Map<String, String> values, ForwardListener listener) {
    this.prefix = prefix;
    this.answering = prefix + ".scorer";
    this.listener = listener;
    values.forEach(this::sort);
  }

  private void sort(String key, String value) {
    int dot = key.indexOf('.');
    if (dot < 1) {
      throw new IllegalArgumentException(
          key(key) + " is no setting; expected " + key("<name>.") + TYPE + " and its settings");
    }
    settings
        .computeIfAbsent(key.substring(0, dot), name -> new TreeMap<>())
        .put(key.substring(dot + 1), value);
  }

  /**
   * Makes all scorers, so that every mistake is found, and returns the one that answers.
   *
   * @param prefix what all keys start with ({@code "parley.reward"})
   * @param scorer the name of the one that answers
   * @param values by key, without {@code <prefix>.scorers.}
   * @param listener hears of forward passes
   * @throws IllegalArgumentException naming the key that cannot be used, and the nearest that could
   */
  public static Scorer make(
      String prefix, String scorer, Map<String, String> values, ForwardListener listener) {
    Scorers scorers = new Scorers(prefix, values, listener);
    scorers.settings.keySet().forEach(name -> scorers.find(name, scorers.key(name)));
    return scorers.find(scorer, scorers.answering);
  }

  /** Returns the types of scorer that there are. */
  public static Set<String> types() {
    return ScorerTypes.names();
  }

  private Scorer find(String name, String askingKey) {
    if (!settings.containsKey(name)) {
      throw new IllegalArgumentException(
          askingKey
              + " is \""
              + name
              + "\", but there is no scorer of this name; "
              + Spelling.suggest(name, settings.keySet()));
    }
    if (underway.contains(name)) {
      List<String> cycle = underway.subList(underway.indexOf(name), underway.size());
      throw new IllegalArgumentException(
          askingKey + " closes a cycle: " + String.join(" → ", cycle) + " → " + name);
    }
    Scorer scorer = finished.get(name);
    if (scorer == null) {
      underway.add(name);
      scorer = create(name);
      underway.remove(name);
      finished.put(name, scorer);
    }
    return scorer;
  }

  private Scorer create(String name) {
    Map<String, String> own = new TreeMap<>(settings.get(name));
    String type = own.remove(TYPE);
    if (type == null) {
      throw new IllegalArgumentException(
          key(name)
              + "."
              + TYPE
              + " is not set, though there is "
              + key(name)
              + "."
              + own.keySet().iterator().next());
    }
    ScorerSettings scorerSettings = new ScorerSettings(key(name), type, own);
    Scorer scorer =
        ScorerTypes.find(type, key(name) + "." + TYPE)
            .create(scorerSettings, new Surroundings(name, this::find, listener));
    scorerSettings.refuseOthers();
    return scorer;
  }

  private String key(String rest) {
    return prefix + ".scorers." + rest;
  }
}
