package dev.parley.reward;

import com.fasterxml.jackson.databind.JsonNode;
import dev.parley.model.text.ChatMessage;
import dev.parley.reward.scoring.Content;
import dev.parley.reward.scoring.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads what other trainers ask over HTTP: OpenRLHF's remote rewards, and vLLM's pooling. */
final class RemoteRewardRequests {

  /** What stands at the end of a text that was decoded with its special tokens. */
  private static final List<String> ENDS =
      List.of(
          "</s>",
          "<|im_end|>",
          "<|eot_id|>",
          "<|end_of_text|>",
          "<|endoftext|>",
          "<end_of_turn>",
          "<eos>");

  private RemoteRewardRequests() {}

  /**
   * Reads {@code {query, prompts?, labels?}}: lists of the same length. A query is a prompt with
   * its response, in the trainer's template; where it begins with its prompt, what follows is the
   * response, else all of it is. A label is what a verifier compares with; what is no text is taken
   * as its JSON.
   *
   * @throws IllegalArgumentException naming the field that cannot be used
   */
  static List<Item> ofOpenRlhf(JsonNode body) {
    JsonNode queries = body.path("query");
    require(queries.isArray(), "query", queries, "a list of texts");
    JsonNode prompts = beside(body, "prompts", queries);
    JsonNode labels = beside(body, "labels", queries);
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < queries.size(); i++) {
      String query = text("query[" + i + "]", queries.get(i));
      String prompt = prompts.isMissingNode() ? "" : text("prompts[" + i + "]", prompts.get(i));
      String response = query.startsWith(prompt) ? query.substring(prompt.length()) : query;
      items.add(
          new Item(
              new Content.Texts(prompt, withoutEnds(response)), label(labels.path(i)), Map.of()));
    }
    return items;
  }

  private static JsonNode beside(JsonNode body, String name, JsonNode queries) {
    JsonNode list = body.path(name);
    if (list.isNull() || list.isMissingNode()) {
      return body.path("");
    }
    require(list.isArray(), name, list, "a list");
    require(
        list.size() == queries.size(),
        name,
        list.size() + " elements",
        "as many as query has: " + queries.size());
    return list;
  }

  private static String label(JsonNode label) {
    return label.isMissingNode() || label.isNull()
        ? ""
        : label.isTextual() ? label.textValue() : label.toString();
  }

  private static String withoutEnds(String response) {
    String text = response.stripTrailing();
    for (boolean shorter = true; shorter; ) {
      shorter = false;
      for (String end : ENDS) {
        if (text.endsWith(end)) {
          text = text.substring(0, text.length() - end.length()).stripTrailing();
          shorter = true;
        }
      }
    }
    return text.length() == response.stripTrailing().length() ? response : text;
  }

  /**
   * Reads {@code {input}}: a text, token ids, or a list of either; or {@code {messages}}: one
   * conversation.
   *
   * @throws IllegalArgumentException naming the field that cannot be used
   */
  static List<Item> ofPooling(JsonNode body) {
    JsonNode messages = body.path("messages");
    JsonNode input = body.path("input");
    if (messages.isArray() && !messages.isEmpty()) {
      return List.of(Item.of(dialogue(messages)));
    }
    require(
        !input.isMissingNode(), "input", "nothing", "text, token ids, a list of them, or messages");
    if (input.isTextual() || input.isArray() && input.path(0).isIntegralNumber()) {
      return List.of(Item.of(content("input", input)));
    }
    require(input.isArray(), "input", input, "text, token ids, or a list of them");
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < input.size(); i++) {
      items.add(Item.of(content("input[" + i + "]", input.get(i))));
    }
    return items;
  }

  private static Content content(String field, JsonNode input) {
    if (input.isTextual()) {
      return new Content.Texts("", input.textValue());
    }
    require(input.isArray() && !input.isEmpty(), field, input, "text or token ids");
    int[] ids = new int[input.size()];
    for (int i = 0; i < ids.length; i++) {
      require(input.get(i).canConvertToInt(), field + "[" + i + "]", input.get(i), "a token id");
      ids[i] = input.get(i).intValue();
    }
    return new Content.Tokens(ids);
  }

  private static Content dialogue(JsonNode messages) {
    List<ChatMessage> turns = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      String place = "messages[" + i + "].";
      turns.add(
          new ChatMessage(
              text(place + "role", messages.get(i).path("role")),
              text(place + "content", messages.get(i).path("content"))));
    }
    return new Content.Dialogue(turns);
  }

  private static String text(String field, JsonNode value) {
    require(value.isTextual(), field, value, "text");
    return value.textValue();
  }

  private static void require(boolean holds, String field, Object found, String expected) {
    if (!holds) {
      String text =
          found instanceof JsonNode node && node.isMissingNode() ? "not there" : "" + found;
      String shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
      throw new IllegalArgumentException(field + " is " + shown + ", expected " + expected);
    }
  }
}
