package dev.parley.console.study;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;

/** Turns as they stand in the database: JSON. */
public final class Turns {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<List<Turn>> LIST = new TypeReference<>() {};

  private Turns() {}

  /** Writes turns. */
  public static String write(List<Turn> turns) {
    try {
      return JSON.writeValueAsString(turns);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("turns are records of texts, which JSON can hold", e);
    }
  }

  /** Reads what was written. */
  public static List<Turn> read(String json) {
    try {
      return List.copyOf(JSON.readValue(json, LIST));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the database holds no turns: " + json, e);
    }
  }
}
