package dev.parley.cli.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.cli.Failure;
import dev.parley.cli.judging.AnswerFile;
import dev.parley.cli.judging.LinesFile;
import dev.parley.data.ChatTurn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Pairs of what two models answered to the same prompts. */
final class JoinedAnswers {

  private JoinedAnswers() {}

  /**
   * Writes a file of pairs: the n-th answers to a prompt belong together. A model is called as its
   * file is.
   *
   * @param one answers, as {@code parley generate} writes them
   * @param other the other model's
   * @param pairs the file to write
   * @throws Failure if they have no prompt in common
   */
  static void write(Path one, Path other, Path pairs) throws IOException {
    Map<List<ChatTurn>, List<AnswerFile.Answer>> ours = AnswerFile.read(one.toString());
    Map<List<ChatTurn>, List<AnswerFile.Answer>> theirs = AnswerFile.read(other.toString());
    int question = 0;
    int written = 0;
    try (LinesFile lines = new LinesFile(pairs)) {
      for (Map.Entry<List<ChatTurn>, List<AnswerFile.Answer>> entry : ours.entrySet()) {
        List<AnswerFile.Answer> others = theirs.getOrDefault(entry.getKey(), List.of());
        question++;
        for (int i = 0; i < Math.min(entry.getValue().size(), others.size()); i++) {
          ObjectNode line = JsonNodeFactory.instance.objectNode();
          line.put("question_id", question);
          line.set("prompt", turns(entry.getKey()));
          line.put("answer_a", entry.getValue().get(i).text())
              .put("answer_b", others.get(i).text())
              .put("model_a", LinesFile.stem(one))
              .put("model_b", LinesFile.stem(other));
          lines.write(line);
          written++;
        }
      }
      if (written == 0) {
        throw new Failure(
            "%s and %s answer no prompt in common".formatted(one, other),
            "Answer the same file of prompts with both models: parley generate MODEL --input FILE.");
      }
      lines.finish();
    }
  }

  private static ArrayNode turns(List<ChatTurn> turns) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    turns.forEach(
        turn -> array.addObject().put("role", turn.role()).put("content", turn.content()));
    return array;
  }
}
