package dev.parley.model.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The directory {@code tokenizers} of the numeric fixtures; its README describes the layout. */
final class TextFixtures {
  /** Every kind of tokenizer and template in the layout is supported. */
  private static final List<String> UNSUPPORTED = List.of();

  private TextFixtures() {}

  static Path directory() {
    String given = System.getProperty("parley.fixtures", "");
    return Path.of(given.isEmpty() ? "src/test/resources/fixtures" : given).resolve("tokenizers");
  }

  static boolean isUnsupported(String name) {
    return UNSUPPORTED.contains(name);
  }

  static JsonObject json(Path file) throws IOException {
    return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
  }

  /** The names in {@code tokenizers/index.json}. */
  static List<String> tokenizerNames() throws IOException {
    List<String> names = new ArrayList<>();
    for (JsonElement tokenizer :
        json(directory().resolve("index.json")).getAsJsonArray("tokenizers")) {
      names.add(tokenizer.getAsJsonObject().get("name").getAsString());
    }
    return names;
  }

  static Tokenizer tokenizer(String name) {
    return Tokenizer.open(directory().resolve(name));
  }

  /** The files {@code tokenizers/chat/*.json}. */
  static List<JsonObject> chatTemplates() throws IOException {
    List<JsonObject> templates = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory().resolve("chat"))) {
      for (Path file : files.sorted().toList()) {
        templates.add(json(file));
      }
    }
    return templates;
  }

  static int[] ints(JsonArray array) {
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).getAsInt();
    }
    return values;
  }

  static List<String> strings(JsonArray array) {
    List<String> values = new ArrayList<>();
    array.forEach(value -> values.add(value.getAsString()));
    return values;
  }

  static List<Span> spans(JsonArray array) {
    List<Span> spans = new ArrayList<>();
    for (JsonElement span : array) {
      int[] bounds = ints(span.getAsJsonArray());
      spans.add(new Span(bounds[0], bounds[1]));
    }
    return spans;
  }

  static List<ChatMessage> messages(JsonArray array) {
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonElement element : array) {
      JsonObject message = element.getAsJsonObject();
      messages.add(
          new ChatMessage(message.get("role").getAsString(), message.get("content").getAsString()));
    }
    return messages;
  }
}
