package dev.parley.cli.judging;

import dev.parley.cli.Failure;
import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.PromptRow;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.ReadOptions;
import dev.parley.data.file.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One model's answers in a file, by what they answer. */
public final class AnswerFile {

  private static final String RESPONSE = "response";

  private AnswerFile() {}

  /**
   * One answer.
   *
   * @param place where it stands
   * @param text what it says
   * @param reference a right answer, if the row has one
   */
  public record Answer(String place, String text, Optional<String> reference) {}

  /**
   * Reads a file that {@code parley generate} wrote, or demonstrations.
   *
   * @return answers by their prompts, both in the order of the file
   * @throws Failure if a row has no answer
   */
  public static Map<List<ChatTurn>, List<Answer>> read(String file) {
    Map<List<ChatTurn>, List<Answer>> answers = new LinkedHashMap<>();
    try (DatasetReader<Example> rows = Dataset.of(file).examples(ReadOptions.strict())) {
      while (rows.hasNext()) {
        Row<Example> row = rows.next();
        answers
            .computeIfAbsent(row.example().prompt(), prompt -> new ArrayList<>())
            .add(answer(row));
      }
    } catch (DatasetException e) {
      throw new Failure(e.getMessage(), "docs/data.md shows what is read.", e);
    }
    return answers;
  }

  private static Answer answer(Row<Example> row) {
    String place = row.place().toString();
    if (row.example() instanceof Demonstration demonstration) {
      return new Answer(place, demonstration.answer(), Optional.empty());
    }
    if (row.example() instanceof PromptRow prompt && prompt.metadata().containsKey(RESPONSE)) {
      return new Answer(place, prompt.metadata().get(RESPONSE), prompt.referenceAnswer());
    }
    throw new Failure(
        "%s: the row is a %s without an answer; expected a field \"%s\", or a demonstration"
            .formatted(place, row.example().kind(), RESPONSE),
        "parley generate MODEL --input FILE answers prompts.");
  }
}
