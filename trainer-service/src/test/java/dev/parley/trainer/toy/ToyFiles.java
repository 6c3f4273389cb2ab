package dev.parley.trainer.toy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

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

  /** Returns the same row of a judge who is that sure. */
  public static Map<String, ?> pair(
      String question, String chosen, String rejected, double confidence) {
    return Map.of(
        "prompt", question, "chosen", chosen, "rejected", rejected, "confidence", confidence);
  }

  /** Returns a row of a question with several answers, best first. */
  public static Map<String, ?> ranking(String question, String... answers) {
    List<Integer> ranks = IntStream.rangeClosed(1, answers.length).boxed().toList();
    return Map.of("prompt", question, "answers", List.of(answers), "ranks", ranks);
  }

  /**
   * Returns pairs of random words of which the chosen one holds a z; nothing else tells them apart.
   */
  public static List<Map<String, ?>> pairsOfWords(int count, long seed) {
    Random random = new Random(seed);
    List<Map<String, ?>> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length = 3 + random.nextInt(4);
      StringBuilder good = new StringBuilder();
      StringBuilder bad = new StringBuilder();
      for (int c = 0; c < length; c++) {
        good.append((char) ('a' + random.nextInt(20)));
        bad.append((char) ('a' + random.nextInt(20)));
      }
      good.setCharAt(random.nextInt(length), 'z');
      rows.add(pair("word " + i, good.toString(), bad.toString()));
    }
    return rows;
  }

  /** Returns a row of an answer that was found good or bad, as TRL writes it. */
  public static Map<String, ?> verdict(String question, String answer, boolean good) {
    return Map.of("prompt", question, "completion", answer, "label", good);
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
