package dev.parley.cli.arena;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.parley.cli.Failure;
import dev.parley.judge.rating.Battle;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Battles in a file: {@code question_id} (may be absent), {@code model_a}, {@code model_b}, {@code
 * winner}. CSV with these names in its first line, or JSON lines with these keys.
 *
 * @param battles those with an outcome
 * @param invalid those without one, as where nobody could read the verdict
 */
record BattleFile(List<Battle> battles, long invalid) {

  private static final List<String> REQUIRED = List.of("model_a", "model_b", "winner");
  private static final String EXPECTED =
      "expected question_id, model_a, model_b and winner (model_a, model_b, tie or invalid), as the"
          + " columns of a file named .csv, or as the keys of JSON lines";

  /**
   * Reads a file.
   *
   * @throws Failure naming the line that is no battle, or the columns of a table that holds none
   */
  static BattleFile read(Path file) {
    List<Battle> battles = new ArrayList<>();
    long invalid = 0;
    try (BufferedReader in = Files.newBufferedReader(file)) {
      boolean csv = file.toString().endsWith(".csv");
      List<JsonNode> rows = csv ? csv(file, in) : jsonLines(file, in);
      for (int i = 0; i < rows.size(); i++) {
        String place = file + ":" + (i + (csv ? 2 : 1));
        JsonNode row = rows.get(i);
        if (row == null) {
          continue;
        }
        String winner = text(row, "winner", place);
        if (winner.equals("invalid")) {
          invalid++;
        } else {
          battles.add(battle(row, winner, place));
        }
      }
    } catch (NoSuchFileException e) {
      throw new Failure("there is no file " + file, "", e);
    } catch (IOException e) {
      throw new Failure("%s cannot be read: %s".formatted(file, e.getMessage()), EXPECTED, e);
    }
    return new BattleFile(battles, invalid);
  }

  private static List<JsonNode> csv(Path file, BufferedReader in) throws IOException {
    try (MappingIterator<JsonNode> rows =
        new CsvMapper()
            .readerFor(JsonNode.class)
            .with(CsvSchema.emptySchema().withHeader())
            .readValues(in)) {
      rows.hasNextValue(); // reads the header
      requireColumns(file, (CsvSchema) rows.getParserSchema());
      return rows.readAll();
    } catch (JsonProcessingException e) {
      throw new Failure(
          "%s:%d is no row of its table: %s"
              .formatted(
                  file,
                  e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr()),
                  e.getOriginalMessage()),
          EXPECTED,
          e);
    }
  }

  private static void requireColumns(Path file, CsvSchema header) {
    List<String> found = header.getColumnNames();
    List<String> missing = REQUIRED.stream().filter(name -> !found.contains(name)).toList();
    if (!missing.isEmpty()) {
      throw new Failure(
          "%s has no column %s; it has %s"
              .formatted(
                  file,
                  String.join(", ", missing),
                  found.isEmpty() ? "none" : String.join(", ", found)),
          EXPECTED);
    }
  }

  /** One value a line; null for a blank one. */
  private static List<JsonNode> jsonLines(Path file, BufferedReader in) throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<JsonNode> rows = new ArrayList<>();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      try {
        rows.add(line.isBlank() ? null : json.readTree(line));
      } catch (JsonProcessingException e) {
        throw new Failure("%s:%d is no JSON".formatted(file, rows.size() + 1), EXPECTED, e);
      }
    }
    return rows;
  }

  private static Battle battle(JsonNode row, String winner, String place) {
    double score =
        switch (winner) {
          case "model_a" -> 1;
          case "model_b" -> 0;
          case "tie", "tie (bothbad)" -> 0.5;
          default ->
              throw new Failure("%s: the winner is \"%s\"".formatted(place, winner), EXPECTED);
        };
    String question = row.path("question_id").asText();
    try {
      return new Battle(
          question.isEmpty() ? place : question,
          text(row, "model_a", place),
          text(row, "model_b", place),
          score);
    } catch (IllegalArgumentException e) {
      throw new Failure(place + ": " + e.getMessage(), EXPECTED, e);
    }
  }

  private static String text(JsonNode row, String name, String place) {
    JsonNode value = row.path(name);
    if (!value.isTextual() || value.textValue().isBlank()) {
      List<String> found = new ArrayList<>();
      row.fieldNames().forEachRemaining(found::add);
      throw new Failure(
          "%s has no %s; it has %s"
              .formatted(place, name, found.isEmpty() ? "none" : String.join(", ", found)),
          EXPECTED);
    }
    return value.textValue().strip();
  }
}
