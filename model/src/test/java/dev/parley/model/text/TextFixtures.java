package dev.parley.model.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.parley.model.FixtureDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The directory {@code tokenizers} of the numeric fixtures; its README describes the layout. */
final class TextFixtures {
  /** Every kind of tokenizer and template in the layout is supported. */
  private static final List<String> UNSUPPORTED = List.of();

  private TextFixtures() {}

  static Path directory() {
    return FixtureDirectory.resolve("tokenizers");
  }

  static boolean isUnsupported(String name) {
    return UNSUPPORTED.contains(name);
  }

  /** The names in {@code tokenizers/index.json}. */
  static List<String> tokenizerNames() {
    List<String> names = new ArrayList<>();
    JsonObject index = FixtureDirectory.json(directory().resolve("index.json"));
    for (JsonElement tokenizer : index.getAsJsonArray("tokenizers")) {
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
        templates.add(FixtureDirectory.json(file));
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

  /** The index of the last message that is the assistant's; -1 if there is none. */
  static int lastAnswer(List<ChatMessage> messages) {
    int last = messages.size() - 1;
    while (last >= 0 && !messages.get(last).isAssistant()) {
      last--;
    }
    return last;
  }

  /** A mask of which only the last stretch of ones is left. */
  static int[] lastStretch(int[] mask) {
    int end = mask.length;
    while (end > 0 && mask[end - 1] == 0) {
      end--;
    }
    int start = end;
    while (start > 0 && mask[start - 1] == 1) {
      start--;
    }
    int[] last = new int[mask.length];
    Arrays.fill(last, start, end, 1);
    return last;
  }
}
