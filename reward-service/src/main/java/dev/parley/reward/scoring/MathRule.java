package dev.parley.reward.scoring;

import dev.parley.reward.scoring.FinalAnswer.Mark;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Scores a worked solution by its final answer: whether it is the reference's.
 *
 * @param require how clearly the answer must be marked to count
 * @param right the score of a right answer
 * @param wrong the score of a wrong one
 * @param missing the score where no answer is found
 */
record MathRule(Require require, double right, double wrong, double missing) implements Rule {

  private static final String FOUND = "answer_found";
  private static final String RIGHT = "answer_right";

  /** How clearly an answer must be marked. */
  enum Require {
    /** Not at all: without any mark, the last formula or number counts. */
    NOTHING,
    /** By a box, by ####, or by "the answer is". */
    MARK,
    /** By {@code \boxed{…}}. */
    BOX,
    /** By {@code ####}. */
    HASHES;

    private boolean admits(Mark mark) {
      return switch (this) {
        case NOTHING -> true;
        case MARK -> mark != Mark.LAST;
        case BOX -> mark == Mark.BOXED;
        case HASHES -> mark == Mark.HASHES;
      };
    }
  }

  static MathRule of(ScorerSettings settings) {
    return new MathRule(
        settings.choice("require", Require.NOTHING),
        settings.number("right", 1),
        settings.number("wrong", 0),
        settings.number("missing", 0));
  }

  @Override
  public Verdict judge(String answer, Item item) {
    if (item.referenceAnswer().isBlank()) {
      return Verdict.failed(
          "there is no reference answer to compare with; send reference_answer with the item (in /get_reward, labels)");
    }
    Optional<FinalAnswer> found =
        FinalAnswer.of(answer).filter(candidate -> require.admits(candidate.mark()));
    if (found.isEmpty()) {
      return Verdict.of(missing, components(0, 0));
    }
    String reference = FinalAnswer.ofReference(item.referenceAnswer());
    boolean same = MathAnswers.same(found.get().text(), reference);
    return Verdict.of(same ? right : wrong, components(1, same ? 1 : 0))
        .withExtracted(found.get().text());
  }

  private static Map<String, Double> components(double found, double right) {
    Map<String, Double> components = new LinkedHashMap<>();
    components.put(FOUND, found);
    components.put(RIGHT, right);
    return components;
  }

  @Override
  public List<String> components() {
    return List.of(FOUND, RIGHT);
  }
}
