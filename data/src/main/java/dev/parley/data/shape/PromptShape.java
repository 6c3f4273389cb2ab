package dev.parley.data.shape;

import dev.parley.data.Defect;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.PromptRow;
import java.util.Optional;
import java.util.Set;

/**
 * A prompt alone: {@code prompt}, text or turns, and if there is a result to check answers against,
 * {@code reference_answer} or {@code answer}. All other fields are kept as metadata.
 */
final class PromptShape implements RowShape {

  private static final Set<String> READ = Set.of("prompt", "reference_answer", "answer");

  @Override
  public String name() {
    return "prompt";
  }

  @Override
  public Set<String> requires() {
    return Set.of("prompt");
  }

  @Override
  public Set<String> excludes() {
    return Set.of(
        "completion",
        "chosen",
        "rejected",
        "messages",
        "conversations",
        "instruction",
        "question",
        "turns");
  }

  /** Answers with ranks or a score, and steps with labels, are more than metadata. */
  @Override
  public boolean matches(RowFields row) {
    boolean rated =
        row.has("response") && (row.has("score") || row.has("scores") || row.has("helpfulness"));
    boolean labelled = row.has("labels") && (row.has("steps") || row.has("completions"));
    boolean ranked = new RankingShape().matches(row);
    return RowShape.super.matches(row) && !rated && !labelled && !ranked;
  }

  @Override
  public Example read(RowFields row) {
    row.requireTextOnly();
    Optional<String> reference = row.optionalText("reference_answer");
    Optional<String> answer = row.optionalText("answer");
    if (reference.isPresent() && answer.isPresent()) {
      throw new InvalidExampleException(
          Defect.AMBIGUOUS_SHAPE,
          "'reference_answer' and 'answer' stand side by side; expected one of them");
    }
    return new PromptRow(
        row.promptTurns("prompt"), reference.or(() -> answer), row.allExcept(READ));
  }
}
