package dev.parley.console.study;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.parley.serving.spelling.Spelling;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One line of a file of pairs: a {@code prompt} (text or turns) with {@code answer_a} and {@code
 * answer_b}, as {@code parley judge} takes it, {@code response_a} and {@code response_b}, or {@code
 * chosen} and {@code rejected} (to judge again). {@code question_id}, {@code model_a} and {@code
 * model_b} are those of {@code parley arena}. Other fields are passed over.
 */
final class PairLine {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final List<List<String>> ANSWERS =
      List.of(
          List.of("answer_a", "answer_b"),
          List.of("response_a", "response_b"),
          List.of("chosen", "rejected"));

  /** Fields that may be absent, so that a misspelt one would be lost in silence. */
  private static final Set<String> OPTIONAL = Set.of("question_id", "model_a", "model_b");

  private static final Map<String, String> ROLES =
      Map.of("human", "user", "gpt", "assistant", "observation", "tool");

  private final JsonNode row;

  private PairLine(JsonNode row) {
    this.row = row;
  }

  /**
   * Reads a line.
   *
   * @param line its text
   * @param number by which a row without {@code question_id} is named
   * @param withAnswers whether there must be two answers
   * @throws IllegalArgumentException saying what was found and expected
   */
  static NewPair read(String line, int number, boolean withAnswers) {
    JsonNode row;
    try {
      row = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("is no JSON: " + e.getOriginalMessage(), e);
    }
    if (!row.isObject()) {
      throw new IllegalArgumentException("is no JSON object, expected {\"prompt\": …}");
    }
    return new PairLine(row).pair(number, withAnswers);
  }

  private NewPair pair(int number, boolean withAnswers) {
    requireNoMisspeltField();
    List<Turn> prompt = turns("prompt", "user");
    if (prompt.get(prompt.size() - 1).role().equals("assistant")) {
      throw new IllegalArgumentException(
          "\"prompt\" ends with an answer; expected a turn that is to be answered");
    }
    String question = text("question_id").orElse(Integer.toString(number));
    return new NewPair(question, prompt, withAnswers ? Optional.of(answers()) : Optional.empty());
  }

  private NewPair.Answers answers() {
    for (List<String> names : ANSWERS) {
      if (row.hasNonNull(names.get(0)) && row.hasNonNull(names.get(1))) {
        return new NewPair.Answers(
            turns(names.get(0), "assistant"),
            turns(names.get(1), "assistant"),
            text("model_a"),
            text("model_b"));
      }
    }
    throw new IllegalArgumentException(
        "has no two answers: found %s; expected \"answer_a\" and \"answer_b\" (or \"chosen\" and"
                .formatted(names())
            + " \"rejected\")");
  }

  /** Text, or turns. */
  private List<Turn> turns(String name, String roleOfText) {
    JsonNode value = row.path(name);
    if (value.isTextual()) {
      if (name.equals("prompt") && value.textValue().isBlank()) {
        throw new IllegalArgumentException("\"prompt\" is empty, expected something to answer");
      }
      return List.of(new Turn(roleOfText, value.textValue()));
    }
    if (!value.isArray() || value.isEmpty()) {
      throw new IllegalArgumentException(
          "\"%s\" is %s, expected text or turns {\"role\", \"content\"}"
              .formatted(name, row.has(name) ? abbreviated(value) : "absent"));
    }
    List<Turn> turns = new ArrayList<>();
    for (JsonNode turn : value) {
      JsonNode role = turn.has("role") ? turn.path("role") : turn.path("from");
      JsonNode content = turn.has("content") ? turn.path("content") : turn.path("value");
      if (!role.isTextual() || !content.isTextual()) {
        throw new IllegalArgumentException(
            "\"%s\" has the turn %s, expected {\"role\": …, \"content\": …} with texts"
                .formatted(name, abbreviated(turn)));
      }
      turns.add(
          new Turn(ROLES.getOrDefault(role.textValue(), role.textValue()), content.textValue()));
    }
    return turns;
  }

  private Optional<String> text(String name) {
    JsonNode value = row.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isValueNode() || value.asText().isBlank()) {
      throw new IllegalArgumentException(
          "\"%s\" is %s, expected a name".formatted(name, abbreviated(value)));
    }
    return Optional.of(value.asText().strip());
  }

  private void requireNoMisspeltField() {
    for (Iterator<String> names = row.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      for (String known : OPTIONAL) {
        if (!OPTIONAL.contains(name) && Spelling.distance(name, known) <= 1) {
          throw new IllegalArgumentException(
              "has the field \"%s\"; did you mean \"%s\"?".formatted(name, known));
        }
      }
    }
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    row.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static String abbreviated(JsonNode value) {
    String text = value.toString();
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }
}
