package dev.parley.data.shape;

import com.fasterxml.jackson.databind.JsonNode;
import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.spelling.Spelling;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Turns as JSON: {@code {"role": …, "content": …}} or, as ShareGPT wrote them, {@code {"from": …,
 * "value": …}}.
 */
final class TurnList {

  /** Roles as files name them, and as chat templates do. */
  private static final Map<String, String> ROLES =
      new TreeMap<>(
          Map.of(
              "system", "system",
              "developer", "developer",
              "user", "user",
              "human", "user",
              "assistant", "assistant",
              "gpt", "assistant",
              "tool", "tool",
              "observation", "tool"));

  private TurnList() {}

  static List<ChatTurn> read(JsonNode value, String key) {
    if (value.isObject()) {
      return List.of(turn(value, "'" + key + "'"));
    }
    if (!value.isArray()) {
      throw RowFields.wrongType("'" + key + "'", value, "a list of turns");
    }
    if (value.isEmpty()) {
      throw new InvalidExampleException(
          Defect.BROKEN_CONVERSATION, "'" + key + "' is an empty list; expected turns");
    }
    List<ChatTurn> turns = new ArrayList<>(value.size());
    for (int i = 0; i < value.size(); i++) {
      turns.add(turn(value.get(i), "'%s'[%d]".formatted(key, i)));
    }
    return turns;
  }

  private static ChatTurn turn(JsonNode value, String where) {
    if (!value.isObject()) {
      throw RowFields.wrongType(where, value, "a turn {\"role\": …, \"content\": …}");
    }
    JsonNode calls = value.get("tool_calls");
    if (calls != null && !calls.isNull() && !calls.isEmpty()) {
      throw new InvalidExampleException(
          Defect.UNSUPPORTED, where + " calls tools; expected conversations of text alone");
    }
    boolean shareGpt = value.has("from") && !value.has("role");
    String role =
        RowFields.textOf(
            value.get(shareGpt ? "from" : "role"), where + "." + (shareGpt ? "from" : "role"));
    String content =
        RowFields.textOf(
            value.get(shareGpt ? "value" : "content"),
            where + "." + (shareGpt ? "value" : "content"));
    String known = ROLES.get(role);
    if (known == null) {
      throw new InvalidExampleException(
          Defect.UNKNOWN_ROLE,
          "%s has the role \"%s\"; expected one of %s%s"
              .formatted(where, role, ROLES.keySet(), Spelling.suggestion(role, ROLES.keySet())));
    }
    return new ChatTurn(known, content);
  }
}
