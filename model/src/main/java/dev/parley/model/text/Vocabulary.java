package dev.parley.model.text;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What Parley itself needs from {@code tokenizer.json}: the spelling of every token, which ones are
 * special, and how tokens become text. The rest of the file is the native library's business.
 */
final class Vocabulary {
  private static final TypeAdapter<JsonElement> ANY = new Gson().getAdapter(JsonElement.class);

  private final Map<Integer, String> tokens = new HashMap<>();
  private final Map<String, Integer> ids = new HashMap<>();
  private final Set<String> special = new HashSet<>();
  private JsonElement decoder = JsonNull.INSTANCE;

  private Vocabulary() {}

  /**
   * @param json the content of {@code file}
   */
  static Vocabulary read(Path file, String json) {
    Vocabulary vocabulary = new Vocabulary();
    // Read as a stream: a vocabulary of 150,000 tokens comes with as many merges, which are
    // skipped.
    try (JsonReader reader = new JsonReader(new StringReader(json))) {
      vocabulary.readFile(reader);
    } catch (IOException | IllegalStateException | NumberFormatException | JsonParseException e) {
      throw ModelFile.broken(file, "it is not a tokenizer in JSON: " + e.getMessage(), e);
    }
    if (vocabulary.ids.isEmpty()) {
      throw ModelFile.broken(file, "it has no vocabulary under model.vocab", null);
    }
    return vocabulary;
  }

  private void readFile(JsonReader reader) throws IOException {
    JsonElement addedTokens = null;
    reader.beginObject();
    while (reader.hasNext()) {
      switch (reader.nextName()) {
        case "model" -> readModel(reader);
        case "decoder" -> decoder = ANY.read(reader);
        case "added_tokens" -> addedTokens = ANY.read(reader);
        default -> reader.skipValue();
      }
    }
    reader.endObject();
    if (addedTokens != null && addedTokens.isJsonArray()) {
      // Last, since an added token takes precedence over one of the model with the same id.
      addedTokens.getAsJsonArray().forEach(token -> addToken(token.getAsJsonObject()));
    }
  }

  private void readModel(JsonReader reader) throws IOException {
    reader.beginObject();
    while (reader.hasNext()) {
      if (!reader.nextName().equals("vocab")) {
        reader.skipValue();
      } else if (reader.peek() == JsonToken.BEGIN_ARRAY) {
        readPieces(reader);
      } else {
        reader.beginObject();
        while (reader.hasNext()) {
          put(reader.nextName(), reader.nextInt());
        }
        reader.endObject();
      }
    }
    reader.endObject();
  }

  /** A Unigram vocabulary: a list of piece and score, whose places are the ids. */
  private void readPieces(JsonReader reader) throws IOException {
    reader.beginArray();
    for (int id = 0; reader.hasNext(); id++) {
      reader.beginArray();
      put(reader.nextString(), id);
      reader.nextDouble();
      reader.endArray();
    }
    reader.endArray();
  }

  private void addToken(JsonObject token) {
    String content = token.get("content").getAsString();
    put(content, token.get("id").getAsInt());
    if (token.has("special") && token.get("special").getAsBoolean()) {
      special.add(content);
    }
  }

  private void put(String token, int id) {
    tokens.put(id, token);
    ids.put(token, id);
  }

  /** The number of different tokens. */
  int size() {
    return ids.size();
  }

  /** The token, or null if no token has this id. */
  String token(int id) {
    return tokens.get(id);
  }

  /** The id, or null if there is no such token. */
  Integer id(String token) {
    return ids.get(token);
  }

  boolean isSpecial(String token) {
    return special.contains(token);
  }

  Set<String> special() {
    return Set.copyOf(special);
  }

  /** The section {@code decoder}, or JSON's null. */
  JsonElement decoder() {
    return decoder;
  }
}
