package dev.parley.trainer.toy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Data files as users have them. */
public final class ToyFiles {

  private ToyFiles() {}

  /** Returns a row of one question and one answer, as TRL writes conversations. */
  public static Map<String, ?> demonstration(String question, String answer) {
    return Map.of(
        "messages",
        List.of(
            Map.of("role", "user", "content", question),
            Map.of("role", "assistant", "content", answer)));
  }

  /** Returns a row of a question with two answers. */
  public static Map<String, ?> pair(String question, String chosen, String rejected) {
    return Map.of("prompt", question, "chosen", chosen, "rejected", rejected);
  }

  /** Returns a row of a question. */
  public static Map<String, ?> prompt(String question) {
    return Map.of("prompt", question);
  }

  /** Writes rows as JSON Lines. */
  public static Path write(Path file, Collection<? extends Map<String, ?>> rows) {
    List<String> lines = rows.stream().map(ToyFiles::json).toList();
    try {
      return Files.write(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String json(Map<String, ?> row) {
    try {
      return new ObjectMapper().writeValueAsString(row);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
