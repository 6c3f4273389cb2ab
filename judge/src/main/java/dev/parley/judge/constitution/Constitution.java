package dev.parley.judge.constitution;

import dev.parley.judge.chat.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * Principles, and dialogues that show how critique and revision go.
 *
 * @param name the file's, without its ending
 * @param principles at least one
 * @param examples whole dialogues of question, answer, critique request, critique, revision
 *     request, revision
 */
public record Constitution(String name, List<Principle> principles, List<List<Message>> examples) {

  private static final Set<String> LISTS = Set.of("principles", "constitutions");
  private static final Set<String> DIALOGUES = Set.of("examples", "system_chat");
  private static final Set<String> CRITIQUE = Set.of("critique", "critic");
  private static final Set<String> PRINCIPLE_KEYS =
      Set.of("principle", "critique", "critic", "revision", "comparison");

  /** Copies the lists. */
  public Constitution {
    principles = List.copyOf(principles);
    examples = examples.stream().map(List::copyOf).toList();
    if (principles.isEmpty()) {
      throw new IllegalArgumentException(
          "the constitution %s has no principles; expected at least one".formatted(name));
    }
  }

  /**
   * Reads a file: text with one principle a line ({@code #} begins a comment), or YAML or JSON
   * (docs/recipes/constitutional-ai.md).
   *
   * @throws IllegalArgumentException if it is none; the message says where and what was expected
   */
  public static Constitution read(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("there is no constitution " + file, e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the constitution %s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
    String full = String.valueOf(file.getFileName());
    String name = full.replaceFirst("\\.[^.]+$", "");
    if (!full.matches("(?i).*\\.(ya?ml|json)")) {
      return new Constitution(
          name,
          text.lines()
              .map(String::strip)
              .filter(line -> !line.isEmpty() && !line.startsWith("#"))
              .map(Principle::ofSentence)
              .toList(),
          List.of());
    }
    try {
      LoaderOptions strict = new LoaderOptions();
      strict.setAllowDuplicateKeys(false);
      return new Reader(file).read(name, new Yaml(new SafeConstructor(strict)).load(text));
    } catch (YAMLException e) {
      throw new IllegalArgumentException(
          "the constitution %s is no YAML or JSON: %s".formatted(file, e.getMessage()), e);
    }
  }

  /**
   * Draws principles, none twice until all were drawn.
   *
   * @param count how many
   * @param seed the same seed draws the same
   */
  public List<Integer> draw(int count, long seed) {
    List<Integer> drawn = new ArrayList<>();
    // Neighbouring seeds of java.util.Random begin alike; the multiplier parts them.
    Random random = new Random(seed * 0x9E3779B97F4A7C15L);
    while (drawn.size() < count) {
      List<Integer> all = new ArrayList<>();
      for (int i = 0; i < principles.size(); i++) {
        all.add(i);
      }
      Collections.shuffle(all, random);
      drawn.addAll(all.subList(0, Math.min(all.size(), count - drawn.size())));
    }
    return drawn;
  }

  /** Turns a tree of YAML into a constitution. */
  private record Reader(Path file) {

    Constitution read(String name, Object root) {
      if (root instanceof List<?> list) {
        return new Constitution(name, principles("", list), List.of());
      }
      Map<String, Object> fields = fields("the file", root);
      refuseOthers("the file", fields, LISTS, DIALOGUES);
      return new Constitution(
          name,
          principles("", list(fields, LISTS, true)),
          dialogues(list(fields, DIALOGUES, false)));
    }

    private List<Principle> principles(String where, List<?> list) {
      List<Principle> principles = new ArrayList<>();
      for (int i = 0; i < list.size(); i++) {
        principles.add(principle("principle " + (i + 1) + where, list.get(i)));
      }
      return principles;
    }

    private Principle principle(String where, Object node) {
      if (node instanceof String sentence && !sentence.isBlank()) {
        return Principle.ofSentence(sentence.strip());
      }
      Map<String, Object> fields = fields(where, node);
      refuseOthers(where, fields, PRINCIPLE_KEYS);
      String sentence = text(where, fields, Set.of("principle"));
      String critique = text(where, fields, CRITIQUE);
      String revision = text(where, fields, Set.of("revision"));
      String comparison = text(where, fields, Set.of("comparison"));
      if (sentence.isEmpty() && (critique.isEmpty() || revision.isEmpty())) {
        throw wrong(
            where, "has the keys " + fields.keySet(), "principle, or critique and revision");
      }
      Principle usual =
          sentence.isEmpty()
              ? Principle.ofRequests(critique, revision)
              : Principle.ofSentence(sentence);
      return new Principle(
          critique.isEmpty() ? usual.critique() : critique,
          revision.isEmpty() ? usual.revision() : revision,
          comparison.isEmpty() ? usual.comparison() : comparison);
    }

    private List<List<Message>> dialogues(List<?> list) {
      List<List<Message>> dialogues = new ArrayList<>();
      for (int i = 0; i < list.size(); i++) {
        String where = "example " + (i + 1);
        if (!(list.get(i) instanceof List<?> turns)) {
          throw wrong(where, "is no list", "a list of turns {role, content}");
        }
        List<Message> dialogue = new ArrayList<>();
        for (Object turn : turns) {
          Map<String, Object> fields = fields("a turn of " + where, turn);
          dialogue.add(
              new Message(
                  text("a turn of " + where, fields, Set.of("role")),
                  text("a turn of " + where, fields, Set.of("content"))));
        }
        boolean alternates = !dialogue.isEmpty() && dialogue.size() % 2 == 0;
        for (int k = 0; k < dialogue.size(); k++) {
          alternates &= dialogue.get(k).role().equals(k % 2 == 0 ? "user" : "assistant");
        }
        if (!alternates) {
          throw wrong(
              where,
              "has the roles " + dialogue.stream().map(Message::role).toList(),
              "user and assistant in turn, the assistant last");
        }
        dialogues.add(dialogue);
      }
      return dialogues;
    }

    private List<?> list(Map<String, Object> fields, Set<String> names, boolean required) {
      Object found = null;
      for (String name : names) {
        if (fields.get(name) != null) {
          found = fields.get(name);
        }
      }
      if (found == null && !required) {
        return List.of();
      }
      if (!(found instanceof List<?> list)) {
        throw wrong(
            "the file",
            found == null ? "has the keys " + fields.keySet() : "has no list there",
            "a list under one of " + new TreeSet<>(names));
      }
      return list;
    }

    private String text(String where, Map<String, Object> fields, Set<String> names) {
      for (String name : names) {
        Object value = fields.get(name);
        if (value != null && !(value instanceof String)) {
          throw wrong(where, "has " + value + " as " + name, "a text");
        }
        if (value instanceof String text && !text.isBlank()) {
          return text.strip();
        }
      }
      return "";
    }

    private Map<String, Object> fields(String where, Object node) {
      if (!(node instanceof Map<?, ?> map)) {
        throw wrong(
            where, "is " + (node == null ? "empty" : "\"" + node + "\""), "keys and values");
      }
      Map<String, Object> fields = new LinkedHashMap<>();
      map.forEach((key, value) -> fields.put(String.valueOf(key), value));
      return fields;
    }

    @SafeVarargs
    private void refuseOthers(String where, Map<String, Object> fields, Set<String>... known) {
      Set<String> all = new TreeSet<>();
      for (Set<String> names : known) {
        all.addAll(names);
      }
      for (String key : fields.keySet()) {
        if (!all.contains(key)) {
          throw wrong(where, "has the key \"" + key + "\"", "one of " + all);
        }
      }
    }

    private IllegalArgumentException wrong(String where, String found, String expected) {
      return new IllegalArgumentException(
          "the constitution %s: %s %s; expected %s".formatted(file, where, found, expected));
    }
  }
}
