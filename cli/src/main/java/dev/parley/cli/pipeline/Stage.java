package dev.parley.cli.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One stage as the file says it; values may hold references, {@code ${name}}.
 *
 * @param name a word
 * @param words the command: "train", "sft", or words of any command
 * @param named what the command reads, by what for: model, data, reward, reference, config; empty
 *     for a command in words
 * @param fromScratch of a training: whether weights are drawn
 * @param settings of a training
 * @param output the file that a command in words makes; empty for a training, or if it makes none
 */
record Stage(
    String name,
    List<String> words,
    Map<String, List<String>> named,
    boolean fromScratch,
    Map<String, String> settings,
    Optional<String> output) {

  Stage {
    words = List.copyOf(words);
  }

  boolean trains() {
    return words.get(0).equals("train");
  }

  /** Everything in which a reference can stand. */
  List<String> values() {
    List<String> values = new ArrayList<>(words);
    named.values().forEach(values::addAll);
    values.addAll(settings.values());
    return values;
  }

  /** The stage in one line, for people. */
  String text() {
    return String.join(" ", words);
  }
}
