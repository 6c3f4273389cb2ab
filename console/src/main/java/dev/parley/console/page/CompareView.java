package dev.parley.console.page;

import dev.parley.console.comparison.Comparison;
import dev.parley.console.comparison.Progress;
import dev.parley.console.study.Study;
import dev.parley.console.study.Turn;
import java.util.ArrayList;
import java.util.List;

/**
 * A pair on its page.
 *
 * @param study the study's name
 * @param path of the study
 * @param instructions for the annotator
 * @param assignment what a reply is about
 * @param prompt what both answers continue
 * @param left the answer called A
 * @param right the answer called B
 * @param buttons in the order of the page
 * @param judged pairs so far
 * @param all pairs that this person may judge
 * @param canUndo whether the last verdict can be taken back
 */
public record CompareView(
    String study,
    String path,
    String instructions,
    long assignment,
    List<TurnView> prompt,
    List<TurnView> left,
    List<TurnView> right,
    List<ButtonView> buttons,
    long judged,
    long all,
    boolean canUndo) {

  /**
   * A turn.
   *
   * @param role a class of the style sheet
   * @param speaker who speaks, in words
   * @param text what is said
   */
  public record TurnView(String role, String speaker, String text) {

    static List<TurnView> of(List<Turn> turns) {
      return turns.stream()
          .map(turn -> new TurnView(turn.role(), speaker(turn.role()), turn.content()))
          .toList();
    }

    private static String speaker(String role) {
      return switch (role) {
        case "user" -> "User";
        case "assistant" -> "Assistant";
        case "tool" -> "Tool";
        default -> "System";
      };
    }

    /** Whether there is something to read. */
    public boolean blank() {
      return text.isBlank();
    }
  }

  /**
   * A button.
   *
   * @param value what it sends
   * @param label what it says
   * @param key the key that presses it
   * @param kind a class of the style sheet
   */
  public record ButtonView(String value, String label, String key, String kind) {}

  static CompareView of(
      Study study, String path, Comparison comparison, Progress progress, boolean canUndo) {
    return new CompareView(
        study.name(),
        path,
        study.design().instructions(),
        comparison.assignment(),
        TurnView.of(comparison.prompt()),
        TurnView.of(comparison.left()),
        TurnView.of(comparison.right()),
        buttons(study.design().graded(), study.design().ties()),
        progress.judged(),
        progress.all(),
        canUndo);
  }

  /** Keys are numbers in the order of the page, so that a hand can rest on them. */
  private static List<ButtonView> buttons(boolean graded, boolean ties) {
    List<String[]> buttons = new ArrayList<>();
    if (graded) {
      buttons.add(new String[] {"left-much", "A is much better", "a"});
      buttons.add(new String[] {"left-slightly", "A is slightly better", "a"});
    } else {
      buttons.add(new String[] {"left", "A is better", "a"});
    }
    if (ties) {
      buttons.add(new String[] {"same", "About the same", "tie"});
    }
    if (graded) {
      buttons.add(new String[] {"right-slightly", "B is slightly better", "b"});
      buttons.add(new String[] {"right-much", "B is much better", "b"});
    } else {
      buttons.add(new String[] {"right", "B is better", "b"});
    }
    if (ties) {
      buttons.add(new String[] {"both-bad", "Both are bad", "tie bad"});
    }
    List<ButtonView> views = new ArrayList<>();
    for (String[] button : buttons) {
      views.add(
          new ButtonView(button[0], button[1], Integer.toString(views.size() + 1), button[2]));
    }
    return views;
  }

  /** Whether one of the answers has several turns, so that it matters who speaks. */
  public boolean manyTurns() {
    return left.size() > 1 || right.size() > 1;
  }
}
