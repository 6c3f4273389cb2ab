package dev.parley.cli.scoring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Terminal;
import dev.parley.reward.scoring.Content;
import dev.parley.reward.scoring.Item;
import dev.parley.reward.scoring.Scorer;
import dev.parley.reward.scoring.Verdict;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Scores rows in this process: {@code parley score --scorer}. */
final class LocalScoring {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a row is called that has no verdict because it cannot be read. */
  private static final String INVALID = "invalid";

  private final Terminal terminal;
  private final Scorer scorer;
  private final int batch;

  /**
   * Takes what scores.
   *
   * @param scorer is loaded when it is first needed
   * @param batch rows that are scored together
   */
  LocalScoring(Terminal terminal, Scorer scorer, int batch) {
    this.terminal = terminal;
    this.scorer = scorer;
    this.batch = batch;
  }

  /**
   * Scores the rows of a file, in their order.
   *
   * @param output a file, which is there whole or not at all; without it, standard output
   * @param skipBad rows that cannot be used get a line that says so, and do not end it all
   * @return the process' exit code
   * @throws Failure if a row cannot be used, before anything is scored; or a file cannot be written
   */
  int score(Path input, Optional<Path> output, boolean skipBad) throws IOException {
    long rows = check(input, skipBad);
    load();
    if (output.isEmpty()) {
      return score(input, rows, terminal.out());
    }
    Path file = output.get().toAbsolutePath();
    Path part = file.resolveSibling(file.getFileName() + ".part");
    int code;
    try (PrintStream lines =
        new PrintStream(Files.newOutputStream(part), false, StandardCharsets.UTF_8)) {
      code = score(input, rows, lines);
      if (lines.checkError()) {
        throw new Failure(part + " cannot be written to its end", "Is the disk full?");
      }
    } catch (NoSuchFileException e) {
      throw new Failure("%s cannot be made: there is no such directory".formatted(file), "", e);
    }
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    return code;
  }

  /**
   * Scores answers to one prompt.
   *
   * @param reference what a verifier compares them with; may be empty
   * @return the process' exit code
   */
  int score(String prompt, List<String> responses, String reference) {
    load();
    List<ScoreRow> rows = new ArrayList<>();
    for (String response : responses) {
      JsonNode id = JsonNodeFactory.instance.numberNode(rows.size() + 1);
      rows.add(
          new ScoreRow(id, new Item(new Content.Texts(prompt, response), reference, Map.of()), ""));
    }
    ScoreSummary summary = new ScoreSummary();
    write(rows, terminal.out(), summary);
    return conclude(summary);
  }

  /** Reads all rows once, so that a mistake in the last one is known before the first is scored. */
  private static long check(Path input, boolean skipBad) throws IOException {
    long rows = 0;
    try (ScoreRows reader = ScoreRows.open(input)) {
      for (Optional<ScoreRow> row = reader.next(); row.isPresent(); row = reader.next()) {
        if (row.get().item() == null && !skipBad) {
          throw new Failure(
              reader.place() + ": " + row.get().problem(),
              "Mend the row, or let such rows be marked \"invalid\" with --skip-bad.");
        }
        rows++;
      }
    }
    if (rows == 0) {
      throw new Failure(
          input + " has no rows", "Expected JSON lines with id, prompt and response.");
    }
    return rows;
  }

  private void load() {
    try {
      scorer.load();
    } catch (RuntimeException e) {
      throw new Failure("the scorer cannot be loaded: " + e.getMessage(), "", e);
    }
  }

  private int score(Path input, long total, PrintStream lines) throws IOException {
    ScoreSummary summary = new ScoreSummary();
    try (ScoreRows reader = ScoreRows.open(input);
        Progress progress = Progress.ofThings(terminal, "scoring", "rows", total)) {
      List<ScoreRow> waiting = new ArrayList<>();
      for (Optional<ScoreRow> row = reader.next(); row.isPresent(); row = reader.next()) {
        waiting.add(row.get());
        if (waiting.size() == batch) {
          progress.add(write(waiting, lines, summary));
          waiting.clear();
        }
      }
      progress.add(write(waiting, lines, summary));
    }
    return conclude(summary);
  }

  private int write(List<ScoreRow> rows, PrintStream lines, ScoreSummary summary) {
    List<Item> items = rows.stream().filter(row -> row.item() != null).map(ScoreRow::item).toList();
    List<Verdict> verdicts = items.isEmpty() ? List.of() : scorer.score(items);
    int next = 0;
    for (ScoreRow row : rows) {
      Verdict verdict = row.item() == null ? Verdict.failed(row.problem()) : verdicts.get(next++);
      String status =
          row.item() == null
              ? INVALID
              : switch (verdict.status()) {
                case OK -> "ok";
                case FAILED -> "failed";
              };
      if (verdict.ok()) {
        summary.scored(verdict.value());
      } else {
        summary.failed("id " + row.id() + ": " + verdict.error());
      }
      lines.println(line(row.id(), status, verdict));
    }
    return rows.size();
  }

  private static String line(JsonNode id, String status, Verdict verdict) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("id", id);
    line.put("status", status);
    line.put("score", verdict.ok() ? verdict.value() : null);
    line.put("components", verdict.components());
    verdict.extracted().ifPresent(text -> line.put("extracted", text));
    if (!verdict.ok()) {
      line.put("error", verdict.error());
    }
    try {
      return JSON.writeValueAsString(line);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts and numbers are always JSON", e);
    }
  }

  private int conclude(ScoreSummary summary) {
    summary.lines().forEach(terminal.err()::println);
    return summary.nothingScored() ? ExitCode.FAILED : ExitCode.OK;
  }
}
