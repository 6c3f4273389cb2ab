package dev.parley.policy.openai;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.serving.spelling.Spelling;
import java.io.IOException;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fields of a JSON object, read one by one. A null is a field that is not there. Each message
 * names the field by its path, what was found and what was expected.
 */
final class Fields {

  /** Refuses what stands twice or behind the end. */
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** 1 and 1.0 are the same number. */
  private static final Comparator<JsonNode> LEAVES =
      (a, b) ->
          a.isNumber() && b.isNumber()
              ? Double.compare(a.doubleValue(), b.doubleValue())
              : a.equals(b) ? 0 : 1;

  private static final int LONGEST_QUOTE = 60;

  private final ObjectNode object;
  private final String path;

  private Fields(ObjectNode object, String path) {
    this.object = object;
    this.path = path;
  }

  /**
   * Looks at a value as an object.
   *
   * @param path where it stands, or empty for a whole body
   */
  static Fields of(JsonNode value, String path) {
    if (value instanceof ObjectNode object) {
      return new Fields(object, path);
    }
    throw wrongType(path.isEmpty() ? "the body" : path, value, "an object");
  }

  /** Returns where a field stands. */
  String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /**
   * Refuses what would be silently not applied.
   *
   * @param read fields that are read
   * @param fixed fields whose value changes nothing if it is this one (as JSON), and that cannot
   *     have another here
   * @param ignored fields that change no answer
   */
  void check(Set<String> read, Map<String, String> fixed, Set<String> ignored) {
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      String name = field.getKey();
      if (field.getValue().isNull() || read.contains(name) || ignored.contains(name)) {
        continue;
      }
      String only = fixed.get(name);
      if (only == null) {
        Set<String> known = new TreeSet<>(read);
        known.addAll(fixed.keySet());
        known.addAll(ignored);
        throw ApiException.invalid(
            at(name),
            "unknown_parameter",
            "there is no field \"%s\"; did you mean \"%s\"?"
                .formatted(at(name), at(Spelling.nearest(name, known).orElseThrow())));
      }
      if (!parsed(only).equals(LEAVES, field.getValue())) {
        throw ApiException.invalid(
            at(name),
            "unsupported_value",
            "%s is %s, which this server cannot do; leave it out%s"
                .formatted(
                    at(name),
                    quoted(field.getValue()),
                    only.equals("null") ? "" : " or send " + only));
      }
    }
  }

  private static JsonNode parsed(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns a field's value. */
  Optional<JsonNode> value(String name) {
    return Optional.ofNullable(object.get(name)).filter(value -> !value.isNull());
  }

  /** Returns a field that must be there. */
  JsonNode required(String name, String expected) {
    return value(name)
        .orElseThrow(
            () ->
                ApiException.invalid(
                    at(name),
                    "missing_required_parameter",
                    at(name) + " is missing, expected " + expected));
  }

  Optional<String> text(String name) {
    return value(name).map(value -> text(value, at(name)));
  }

  static String text(JsonNode value, String path) {
    if (!value.isTextual()) {
      throw wrongType(path, value, "a string");
    }
    return value.textValue();
  }

  boolean flag(String name) {
    return value(name)
        .map(
            value -> {
              if (!value.isBoolean()) {
                throw wrongType(at(name), value, "true or false");
              }
              return value.booleanValue();
            })
        .orElse(false);
  }

  Optional<Double> number(String name) {
    return value(name)
        .map(
            value -> {
              if (!value.isNumber()) {
                throw wrongType(at(name), value, "a number");
              }
              return value.doubleValue();
            });
  }

  /** Returns a whole number of 64 bits. */
  Optional<Long> wholeNumber(String name) {
    return value(name)
        .map(
            value -> {
              if (!value.isIntegralNumber() || !value.canConvertToLong()) {
                throw wrongType(at(name), value, "a whole number");
              }
              return value.longValue();
            });
  }

  /** Returns a whole number in a range, both ends included. */
  Optional<Integer> count(String name, int least, int most) {
    return wholeNumber(name)
        .map(
            number -> {
              if (number < least || number > most) {
                throw ApiException.invalid(
                    at(name),
                    "invalid_value",
                    "%s is %d, expected %s"
                        .formatted(
                            at(name),
                            number,
                            most == Integer.MAX_VALUE
                                ? least + " or more"
                                : least + " to " + most));
              }
              return number.intValue();
            });
  }

  /** Returns an id of a token. */
  static int token(JsonNode value, String path) {
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
      throw wrongType(path, value, "a token id");
    }
    return value.intValue();
  }

  static ApiException wrongType(String path, JsonNode found, String expected) {
    return ApiException.invalid(
        path, "invalid_type", "%s is %s, expected %s".formatted(path, quoted(found), expected));
  }

  private static String quoted(JsonNode value) {
    String json = value.isMissingNode() ? "empty" : value.toString();
    return json.length() <= LONGEST_QUOTE ? json : json.substring(0, LONGEST_QUOTE) + "…";
  }

  /**
   * Reads a body.
   *
   * @throws ApiException if it is no JSON object, or says something twice
   */
  static Fields parse(byte[] body) {
    try {
      return of(JSON.readTree(body), "");
    } catch (JsonProcessingException e) {
      throw ApiException.invalid(
          null, "invalid_json", "the body is no JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new IllegalStateException("an array of bytes cannot be read", e);
    }
  }
}
