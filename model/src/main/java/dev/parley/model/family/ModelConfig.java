package dev.parley.model.family;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A model's {@code config.json}, read field by field with errors that name the field.
 *
 * @param origin where it comes from, for messages
 * @param json the fields
 */
public record ModelConfig(String origin, JsonObject json) {

  /** The file's name in a model directory. */
  public static final String FILE = "config.json";

  /**
   * Reads a model directory's config.json.
   *
   * @param directory the model directory
   * @throws ModelConfigException if it is missing or no JSON object
   */
  public static ModelConfig read(Path directory) {
    return read(directory, FILE);
  }

  /**
   * Reads a JSON file of a model directory.
   *
   * @param directory the model directory
   * @param name the file's
   * @throws ModelConfigException if it is missing or no JSON object
   */
  public static ModelConfig read(Path directory, String name) {
    Path file = directory.resolve(name);
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      return new ModelConfig(file.toString(), JsonParser.parseString(text).getAsJsonObject());
    } catch (IOException e) {
      throw new ModelConfigException(
          "cannot read " + file + " (a model directory holds a " + name + "): " + e, e);
    } catch (JsonParseException | IllegalStateException e) {
      throw new ModelConfigException(file + " is not a JSON object: " + e.getMessage(), e);
    }
  }

  /** Returns the text of the file. */
  public String toJson() {
    return new GsonBuilder().setPrettyPrinting().serializeNulls().create().toJson(json) + "\n";
  }

  /** Returns a copy with some fields replaced. */
  public ModelConfig with(JsonObject fields) {
    JsonObject copy = json.deepCopy();
    fields.entrySet().forEach(field -> copy.add(field.getKey(), field.getValue()));
    return new ModelConfig(origin, copy);
  }

  /** Returns whether a field is there and not null. */
  public boolean has(String field) {
    return json.has(field) && !json.get(field).isJsonNull();
  }

  /**
   * Returns the one architecture.
   *
   * @throws ModelConfigException if there is none, or more than one
   */
  public String architecture() {
    JsonElement names = required("architectures");
    if (!names.isJsonArray()
        || names.getAsJsonArray().size() != 1
        || !isText(names.getAsJsonArray().get(0))) {
      throw wrong("architectures", "a list of one name, for example [\"LlamaForCausalLM\"]");
    }
    return names.getAsJsonArray().get(0).getAsString();
  }

  /** Returns a whole number that must be there and positive. */
  public int positive(String field) {
    int value = integer(field, required(field));
    if (value < 1) {
      throw wrong(field, "a positive whole number");
    }
    return value;
  }

  /** Returns a whole number that must be positive if it is there. */
  public int positive(String field, int otherwise) {
    return has(field) ? positive(field) : otherwise;
  }

  /** Returns a number that must be there. */
  public double number(String field) {
    JsonElement value = required(field);
    if (!isNumber(value) || !Double.isFinite(value.getAsDouble())) {
      throw wrong(field, "a number");
    }
    return value.getAsDouble();
  }

  /** Returns a number that may be missing. */
  public double number(String field, double otherwise) {
    return has(field) ? number(field) : otherwise;
  }

  /** Returns a flag that may be missing. */
  public boolean flag(String field, boolean otherwise) {
    if (!has(field)) {
      return otherwise;
    }
    JsonElement value = json.get(field);
    if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isBoolean()) {
      throw wrong(field, "true or false");
    }
    return value.getAsBoolean();
  }

  /** Returns a text that must be there. */
  public String text(String field) {
    JsonElement value = required(field);
    if (!isText(value)) {
      throw wrong(field, "a text");
    }
    return value.getAsString();
  }

  /** Returns a text that may be missing. */
  public String text(String field, String otherwise) {
    return has(field) ? text(field) : otherwise;
  }

  /** Returns whether a field is there and null, which says "none" where missing says "as usual". */
  public boolean isNull(String field) {
    return json.has(field) && json.get(field).isJsonNull();
  }

  /** Returns a list of texts that may be missing, and is then empty. */
  public List<String> texts(String field) {
    List<String> values = new ArrayList<>();
    if (has(field)) {
      if (!json.get(field).isJsonArray()) {
        throw wrong(field, "a list of texts");
      }
      for (JsonElement element : json.getAsJsonArray(field)) {
        if (!isText(element)) {
          throw wrong(field, "a list of texts");
        }
        values.add(element.getAsString());
      }
    }
    return values;
  }

  /** Returns whole numbers: a list, a single number as a list of one, or nothing. */
  public List<Integer> integers(String field) {
    List<Integer> values = new ArrayList<>();
    if (has(field)) {
      JsonElement value = json.get(field);
      if (value.isJsonArray()) {
        value.getAsJsonArray().forEach(element -> values.add(integer(field, element)));
      } else {
        values.add(integer(field, value));
      }
    }
    return values;
  }

  private int integer(String field, JsonElement value) {
    try {
      if (isNumber(value)) {
        return value.getAsBigDecimal().intValueExact();
      }
    } catch (ArithmeticException | NumberFormatException e) {
      throw wrong(field, "a whole number", e);
    }
    throw wrong(field, "a whole number");
  }

  /** Unlike Gson, makes no numbers of texts. */
  private static boolean isNumber(JsonElement value) {
    return value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber();
  }

  private static boolean isText(JsonElement value) {
    return value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
  }

  /** Returns an object that may be missing; its fields are named with the outer field's name. */
  public ModelConfig object(String field) {
    if (!has(field)) {
      return new ModelConfig(origin + ": " + field, new JsonObject());
    }
    if (!json.get(field).isJsonObject()) {
      throw wrong(field, "an object");
    }
    return new ModelConfig(origin + ": " + field, json.getAsJsonObject(field));
  }

  /**
   * Checks that a field has the only value that is supported.
   *
   * @throws ModelConfigException if it has another
   */
  public void require(String field, boolean supported, String expected) {
    if (!supported) {
      throw wrong(field, expected);
    }
  }

  private JsonElement required(String field) {
    if (!has(field)) {
      throw new ModelConfigException(origin + " lacks \"" + field + "\"");
    }
    return json.get(field);
  }

  private ModelConfigException wrong(String field, String expected) {
    return wrong(field, expected, null);
  }

  private ModelConfigException wrong(String field, String expected, Exception cause) {
    String found = json.has(field) ? json.get(field).toString() : "missing";
    return new ModelConfigException(
        origin + ": \"" + field + "\" is " + found + ", expected " + expected, cause);
  }
}
