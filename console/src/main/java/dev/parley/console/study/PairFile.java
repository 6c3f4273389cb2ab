package dev.parley.console.study;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of pairs, JSON Lines in UTF-8.
 *
 * @param pairs in the order of the file
 * @param same how many rows were left out since their two answers are the same text
 */
public record PairFile(List<NewPair> pairs, int same) {

  private static final int MOST_PROBLEMS = 10;

  /** Copies the list. */
  public PairFile {
    pairs = List.copyOf(pairs);
  }

  /**
   * Reads a file.
   *
   * @param in its bytes
   * @param withAnswers whether each row must have two answers
   * @throws IllegalArgumentException naming the lines that cannot be read, up to ten, and why
   * @throws IOException if the bytes cannot be read
   */
  public static PairFile read(InputStream in, boolean withAnswers) throws IOException {
    List<NewPair> pairs = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    int same = 0;
    // With a decoder that refuses: bytes that are no UTF-8 are an error, not question marks.
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()))) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        String text = number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
        if (text.isBlank()) {
          continue;
        }
        try {
          NewPair pair = PairLine.read(text, number, withAnswers);
          if (pair.answers().map(NewPair.Answers::areTheSame).orElse(false)) {
            same++;
          } else {
            pairs.add(pair);
          }
        } catch (IllegalArgumentException e) {
          if (problems.size() < MOST_PROBLEMS) {
            problems.add("line " + number + " " + e.getMessage());
          }
        }
      }
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the file is not UTF-8 text", e);
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
    if (pairs.isEmpty()) {
      throw new IllegalArgumentException(
          same == 0
              ? "the file has no rows, expected one JSON object a line"
              : "the two answers of each of the %d rows are the same text".formatted(same));
    }
    return new PairFile(pairs, same);
  }
}
