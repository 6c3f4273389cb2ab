package dev.parley.cli.scoring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.parley.model.text.ChatMessage;
import dev.parley.reward.scoring.Content;
import dev.parley.reward.scoring.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A row {@code {id, prompt, response, reference?}} that is to be scored.
 *
 * @param id as it was written, text or number; JSON null if the row is no object
 * @param item what a scorer gets; null if the row cannot be used
 * @param problem why it cannot be used, with the field; empty if it can
 */
record ScoreRow(JsonNode id, Item item, String problem) {

  private static final String ID = "id";
  private static final String PROMPT = "prompt";
  private static final String RESPONSE = "response";
  private static final List<String> REFERENCES = List.of("reference", "reference_answer");
  private static final Set<String> READ =
      Set.of(ID, PROMPT, RESPONSE, REFERENCES.get(0), REFERENCES.get(1));

  /** A row that cannot be used. */
  private static final class UnusableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableException(String problem) {
      super(problem);
    }
  }

  static ScoreRow unusable(JsonNode id, String problem) {
    return new ScoreRow(id, null, problem);
  }

  /**
   * Reads a row.
   *
   * @param row the JSON
   * @param line its number, which is the id of a row without one
   */
  static ScoreRow of(JsonNode row, long line) {
    if (!row.isObject()) {
      return unusable(
          NullNode.getInstance(),
          "the row is a JSON %s, expected an object with id, prompt and response"
              .formatted(kind(row)));
    }
    JsonNode id = row.path(ID);
    if (id.isMissingNode() || id.isNull()) {
      id = JsonNodeFactory.instance.numberNode(line);
    }
    try {
      if (!id.isTextual() && !id.isNumber()) {
        throw new UnusableException(
            "\"id\" is a %s, expected text or a number".formatted(kind(id)));
      }
      return new ScoreRow(id, item(row), "");
    } catch (UnusableException e) {
      return unusable(id, e.getMessage());
    }
  }

  private static Item item(JsonNode row) throws UnusableException {
    Map<String, String> metadata = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : row.properties()) {
      if (!READ.contains(field.getKey()) && !field.getValue().isNull()) {
        metadata.put(field.getKey(), text(field.getValue()));
      }
    }
    return new Item(content(row), reference(row), metadata);
  }

  private static Content content(JsonNode row) throws UnusableException {
    String response = requireText(row, RESPONSE);
    JsonNode prompt = require(row, PROMPT, "text or turns");
    if (prompt.isTextual()) {
      return new Content.Texts(prompt.textValue(), response);
    }
    if (!prompt.isArray() || prompt.isEmpty()) {
      throw new UnusableException(
          "\"prompt\" is %s, expected text or turns such as [{\"role\": \"user\", \"content\": \"…\"}]"
              .formatted(prompt.isArray() ? "an empty list" : "a " + kind(prompt)));
    }
    List<ChatMessage> messages = new ArrayList<>();
    for (int i = 0; i < prompt.size(); i++) {
      JsonNode turn = prompt.get(i);
      String role = turn.path("role").asText("");
      if (role.isBlank() || !turn.path("content").isTextual()) {
        throw new UnusableException(
            "\"prompt\"[%d] has no text under \"role\" and \"content\"".formatted(i));
      }
      messages.add(new ChatMessage(role, turn.path("content").textValue()));
    }
    messages.add(new ChatMessage("assistant", response));
    return new Content.Dialogue(messages);
  }

  private static String reference(JsonNode row) throws UnusableException {
    String reference = "";
    for (String name : REFERENCES) {
      JsonNode value = row.path(name);
      if (!value.isMissingNode() && !value.isNull()) {
        if (!reference.isEmpty()) {
          throw new UnusableException(
              "\"reference\" and \"reference_answer\" stand side by side, expected one of them");
        }
        reference = text(value);
      }
    }
    return reference;
  }

  private static JsonNode require(JsonNode row, String name, String expected)
      throws UnusableException {
    JsonNode value = row.path(name);
    if (value.isMissingNode() || value.isNull()) {
      List<String> names = new ArrayList<>();
      row.fieldNames().forEachRemaining(names::add);
      throw new UnusableException(
          "\"%s\" is not there, expected %s; the row has %s"
              .formatted(name, expected, names.isEmpty() ? "no fields" : String.join(", ", names)));
    }
    return value;
  }

  private static String requireText(JsonNode row, String name) throws UnusableException {
    JsonNode value = require(row, name, "text");
    if (!value.isTextual()) {
      throw new UnusableException("\"%s\" is a %s, expected text".formatted(name, kind(value)));
    }
    return value.textValue();
  }

  /** Text as it is; anything else as its JSON. */
  private static String text(JsonNode value) {
    return value.isTextual() ? value.textValue() : value.toString();
  }

  private static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "list";
      case OBJECT, POJO -> "object";
      case STRING -> "text";
      case NUMBER -> "number";
      case BOOLEAN -> "boolean";
      case BINARY, MISSING, NULL -> "null";
    };
  }
}
