package dev.parley.data.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.PairGrades;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * The fields of one row, read strictly: a field has the type that its shape says, or the row is
 * refused by the field's name. JSON null counts as absent, since tables that became JSON write it
 * so.
 */
public final class RowFields {

  static final Set<String> NOT_TEXT = Set.of("tools", "images", "videos", "audios");

  private static final String[][] GRADES = {
    {"score_chosen", "score_rejected"},
    {"chosen_score", "rejected_score"},
    {"chosen_rating", "rejected_rating"},
    {"rating_chosen", "rating_rejected"}
  };

  private final ObjectNode row;
  private final String origin;
  private final Set<String> keys;

  /**
   * The fields of a row.
   *
   * @param row the JSON object
   * @param origin what a demonstration names as its source where the row does not: the file's name
   */
  public RowFields(ObjectNode row, String origin) {
    this.row = row;
    this.origin = origin;
    Set<String> present = new LinkedHashSet<>();
    for (Map.Entry<String, JsonNode> field : row.properties()) {
      if (!field.getValue().isNull()) {
        present.add(field.getKey());
      }
    }
    this.keys = present;
  }

  /** The keys whose value is not null, in the row's order. */
  public Set<String> keys() {
    return keys;
  }

  String origin() {
    return origin;
  }

  boolean has(String key) {
    return keys.contains(key);
  }

  boolean isText(String key) {
    return has(key) && row.get(key).isTextual();
  }

  String text(String key) {
    return textOf(required(key), "'" + key + "'");
  }

  Optional<String> optionalText(String key) {
    return has(key) ? Optional.of(text(key)) : Optional.empty();
  }

  OptionalDouble optionalNumber(String key) {
    if (!has(key)) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(numberOf(row.get(key), "'" + key + "'"));
  }

  boolean flag(String key) {
    if (!has(key)) {
      return false;
    }
    JsonNode value = row.get(key);
    if (!value.isBoolean()) {
      throw wrongType("'" + key + "'", value, "true or false");
    }
    return value.booleanValue();
  }

  /** A verdict, which has to be there: true or false. */
  boolean verdict(String key) {
    required(key);
    return flag(key);
  }

  /** A list of texts; a text alone counts as a list of one. */
  List<String> texts(String key) {
    JsonNode value = required(key);
    if (value.isTextual()) {
      return List.of(value.textValue());
    }
    if (!value.isArray()) {
      throw wrongType("'" + key + "'", value, "a list of strings");
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      texts.add(textOf(value.get(i), "'%s'[%d]".formatted(key, i)));
    }
    return texts;
  }

  /** The turns under a key: a list of turns, or one turn alone. */
  List<ChatTurn> turns(String key) {
    return TurnList.read(required(key), key);
  }

  /** Whether a key holds turns, a list or one alone, rather than text. */
  boolean isTurns(String key) {
    return has(key) && (row.get(key).isArray() || row.get(key).isObject());
  }

  /** A prompt: turns, a dialogue written as one string, or plain text, which is a user turn. */
  List<ChatTurn> promptTurns(String key) {
    if (!isText(key)) {
      return turns(key);
    }
    String text = text(key);
    return HumanAssistantText.isDialogue(text)
        ? HumanAssistantText.promptTurns(text, key)
        : List.of(ChatTurn.user(text));
  }

  /** An answer: turns, or text, which is an assistant turn. */
  List<ChatTurn> answerTurns(String key) {
    return isText(key) ? List.of(ChatTurn.assistant(text(key))) : turns(key);
  }

  /**
   * The grades of a pair's two answers, where both are there as numbers under the names that are
   * usual for them; UltraFeedback's are {@code score_chosen} and {@code score_rejected}.
   */
  public Optional<PairGrades> grades() {
    for (String[] names : GRADES) {
      if (row.path(names[0]).isNumber() && row.path(names[1]).isNumber()) {
        return Optional.of(
            new PairGrades(row.get(names[0]).doubleValue(), row.get(names[1]).doubleValue()));
      }
    }
    return Optional.empty();
  }

  /** The pairs under a key, as Alpaca's "history" has them: [[user, assistant], …]. */
  List<ChatTurn> history(String key) {
    List<ChatTurn> turns = new ArrayList<>();
    if (!has(key)) {
      return turns;
    }
    JsonNode value = row.get(key);
    if (!value.isArray()) {
      throw wrongType("'" + key + "'", value, "a list of [user, assistant] pairs");
    }
    for (int i = 0; i < value.size(); i++) {
      JsonNode pair = value.get(i);
      String where = "'%s'[%d]".formatted(key, i);
      if (!pair.isArray() || pair.size() != 2) {
        throw wrongType(where, pair, "a pair [user, assistant]");
      }
      turns.add(ChatTurn.user(textOf(pair.get(0), where)));
      turns.add(ChatTurn.assistant(textOf(pair.get(1), where)));
    }
    return turns;
  }

  /** A value of any type. */
  JsonNode node(String key) {
    return required(key);
  }

  /** A list of answers, each turns or text. */
  List<List<ChatTurn>> answers(String key) {
    JsonNode value = required(key);
    if (!value.isArray()) {
      throw wrongType("'" + key + "'", value, "a list of answers");
    }
    List<List<ChatTurn>> answers = new ArrayList<>();
    for (JsonNode answer : value) {
      answers.add(answer(answer, "%s[%d]".formatted(key, answers.size())));
    }
    return answers;
  }

  /** A list of numbers. */
  List<Double> numbers(String key) {
    JsonNode value = required(key);
    if (!value.isArray()) {
      throw wrongType("'" + key + "'", value, "a list of numbers");
    }
    List<Double> numbers = new ArrayList<>();
    for (JsonNode number : value) {
      numbers.add(numberOf(number, "'%s'[%d]".formatted(key, numbers.size())));
    }
    return numbers;
  }

  /** Fields of an object of numbers. */
  Map<String, Double> numberMap(String key) {
    JsonNode value = required(key);
    if (!value.isObject()) {
      throw wrongType("'" + key + "'", value, "an object of numbers");
    }
    Map<String, Double> map = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      String where = "'%s'.'%s'".formatted(key, field.getKey());
      map.put(field.getKey(), numberOf(field.getValue(), where));
    }
    return map;
  }

  /** A list of labels: true is 1, false 0, null none. */
  List<OptionalDouble> labels(String key) {
    JsonNode value = required(key);
    if (!value.isArray()) {
      throw wrongType("'" + key + "'", value, "a list of labels");
    }
    List<OptionalDouble> labels = new ArrayList<>();
    for (JsonNode label : value) {
      if (label.isBoolean()) {
        labels.add(OptionalDouble.of(label.booleanValue() ? 1 : 0));
      } else if (label.isNumber()) {
        labels.add(OptionalDouble.of(label.doubleValue()));
      } else if (label.isNull()) {
        labels.add(OptionalDouble.empty());
      } else {
        throw wrongType(
            "'%s'[%d]".formatted(key, labels.size()), label, "true, false, a number or null");
      }
    }
    return labels;
  }

  /** Fields of an object of texts; other values stand as JSON. */
  Map<String, String> textMap(String key) {
    if (!has(key)) {
      return Map.of();
    }
    JsonNode value = row.get(key);
    if (!value.isObject()) {
      throw wrongType("'" + key + "'", value, "an object of strings");
    }
    Map<String, String> map = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      put(map, field.getKey(), field.getValue());
    }
    return map;
  }

  /** All fields but those named, as texts: what a shape does not read is kept beside a prompt. */
  Map<String, String> allExcept(Collection<String> read) {
    Map<String, String> map = new LinkedHashMap<>();
    for (String key : keys) {
      if (!read.contains(key)) {
        put(map, key, row.get(key));
      }
    }
    return map;
  }

  /** Refuses what text alone cannot say: tools, images, sound. Empty ones are let through. */
  void requireTextOnly() {
    for (String key : NOT_TEXT) {
      if (has(key) && !isEmpty(row.get(key))) {
        throw new InvalidExampleException(
            Defect.UNSUPPORTED,
            "'%s' is not empty; expected conversations of text alone".formatted(key));
      }
    }
  }

  private static boolean isEmpty(JsonNode value) {
    if (value.isTextual()) {
      return value.textValue().isBlank() || value.textValue().strip().equals("[]");
    }
    return value.isContainerNode() && value.isEmpty();
  }

  private JsonNode required(String key) {
    if (!has(key)) {
      throw new InvalidExampleException(
          Defect.MISSING_FIELD, "'%s' is missing; the row has the keys %s".formatted(key, keys));
    }
    return row.get(key);
  }

  private static void put(Map<String, String> map, String key, JsonNode value) {
    if (!value.isNull()) {
      map.put(key, value.isTextual() ? value.textValue() : value.toString());
    }
  }

  static String textOf(JsonNode value, String where) {
    if (value == null || !value.isTextual()) {
      throw wrongType(where, value, "a string");
    }
    return value.textValue();
  }

  static double numberOf(JsonNode value, String where) {
    if (value == null || !value.isNumber()) {
      throw wrongType(where, value, "a number");
    }
    return value.doubleValue();
  }

  /** An answer as it stands in a list: turns, or text, which is an assistant turn. */
  static List<ChatTurn> answer(JsonNode value, String where) {
    if (value == null || value.isNull() || value.isTextual()) {
      return List.of(ChatTurn.assistant(textOf(value, "'" + where + "'")));
    }
    return TurnList.read(value, where);
  }

  static InvalidExampleException wrongType(String where, JsonNode value, String expected) {
    String found =
        value == null || value.isNull()
            ? "null"
            : switch (value.getNodeType()) {
              case ARRAY -> "a list";
              case OBJECT -> "an object";
              case STRING -> "a string";
              case NUMBER -> "the number " + value;
              case BOOLEAN -> value.toString();
              case BINARY, MISSING, NULL, POJO -> value.getNodeType().toString();
            };
    return new InvalidExampleException(
        Defect.WRONG_TYPE, "%s is %s; expected %s".formatted(where, found, expected));
  }
}
