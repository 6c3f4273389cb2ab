package dev.parley.cli.judging;

import dev.parley.cli.Failure;
import dev.parley.data.ChatTurn;
import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.PromptRow;
import dev.parley.data.file.Row;
import dev.parley.judge.chat.Message;
import dev.parley.judge.verdict.Exchange;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Two answers to one prompt, whoever prefers which.
 *
 * @param place where they stand, for messages
 * @param prompt what was asked
 * @param first one answer
 * @param second the other
 * @param reference a right answer
 * @param label what the row itself says; empty if it says nothing
 */
public record Pair(
    String place,
    List<ChatTurn> prompt,
    List<ChatTurn> first,
    List<ChatTurn> second,
    Optional<String> reference,
    Optional<Label> label) {

  /** The fields of a row that nobody has judged yet. */
  static final String ANSWER_A = "answer_a";

  static final String ANSWER_B = "answer_b";

  /** What a row says about its answers. */
  public enum Label {
    /** The first is better. */
    FIRST,
    /** Neither is. */
    TIE
  }

  /** The pairs of rows, read as they are asked for. */
  public static Iterator<Pair> each(Iterator<Row<Example>> rows) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public Pair next() {
        return of(rows.next());
      }
    };
  }

  /**
   * The pair of a row: a preference, whose chosen answer is the first, or a prompt with {@code
   * answer_a} and {@code answer_b}.
   *
   * @throws Failure if it has none
   */
  public static Pair of(Row<Example> row) {
    String place = row.place().toString();
    if (row.example() instanceof Preference preference) {
      return new Pair(
          place,
          preference.prompt(),
          preference.chosen(),
          preference.rejected(),
          Optional.empty(),
          Optional.of(preference.tie() ? Label.TIE : Label.FIRST));
    }
    if (row.example() instanceof PromptRow prompt
        && prompt.metadata().containsKey(ANSWER_A)
        && prompt.metadata().containsKey(ANSWER_B)) {
      return new Pair(
          place,
          prompt.prompt(),
          List.of(ChatTurn.assistant(prompt.metadata().get(ANSWER_A))),
          List.of(ChatTurn.assistant(prompt.metadata().get(ANSWER_B))),
          prompt.referenceAnswer(),
          Optional.empty());
    }
    throw new Failure(
        "%s: the row is a %s and no pair; expected a preference, or a prompt with \"%s\" and \"%s\""
            .formatted(place, row.example().kind(), ANSWER_A, ANSWER_B),
        "docs/judging.md shows what is read.");
  }

  /** What a judge is shown besides the answers. */
  public Exchange exchange() {
    return new Exchange(messages(prompt), reference, Optional.empty());
  }

  /** Turns as a judge's client takes them. */
  public static List<Message> messages(List<ChatTurn> turns) {
    return turns.stream().map(turn -> new Message(turn.role(), turn.content())).toList();
  }
}
