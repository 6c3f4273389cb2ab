package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import dev.parley.data.Example;
import dev.parley.data.PromptRow;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Questions with an answer to check against: {@code question}, {@code answer}. Where the answer
 * ends as GSM8K's do, in a line {@code #### 18}, what stands there is the reference answer and the
 * whole text is kept as the metadata {@code solution}.
 */
final class QuestionAnswerShape implements RowShape {

  private static final Pattern FINAL_LINE = Pattern.compile("(?:^|\n)####[ \t]*(\\S.*?)\\s*\\z");

  @Override
  public String name() {
    return "question-answer";
  }

  @Override
  public Set<String> requires() {
    return Set.of("question", "answer");
  }

  @Override
  public Set<String> excludes() {
    return Set.of(
        "prompt", "completion", "chosen", "rejected", "messages", "conversations", "instruction");
  }

  @Override
  public Example read(RowFields row) {
    String answer = row.text("answer");
    Map<String, String> metadata = row.allExcept(requires());
    Matcher matcher = FINAL_LINE.matcher(answer);
    String reference = answer;
    if (matcher.find()) {
      reference = matcher.group(1);
      metadata.put("solution", answer);
    }
    return new PromptRow(
        List.of(ChatTurn.user(row.text("question"))), Optional.of(reference), metadata);
  }
}
