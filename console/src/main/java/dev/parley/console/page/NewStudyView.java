package dev.parley.console.page;

import java.util.List;
import java.util.Set;

/**
 * The form of a new study, with what was typed.
 *
 * @param name of the study
 * @param instructions for annotators
 * @param overlap people for each pair
 * @param ties whether neither may be better
 * @param graded whether it is said how much better
 * @param policies that may be asked for answers
 * @param problems what was wrong with it, line by line; empty if nothing was
 */
public record NewStudyView(
    String name,
    String instructions,
    String overlap,
    boolean ties,
    boolean graded,
    Set<String> policies,
    List<String> problems) {

  static NewStudyView empty(Set<String> policies) {
    return new NewStudyView("", "", "1", true, false, policies, List.of());
  }
}
