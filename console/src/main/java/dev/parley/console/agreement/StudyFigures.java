package dev.parley.console.agreement;

import dev.parley.console.verdict.Choice;
import dev.parley.console.verdict.VerdictRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a study's verdicts say together.
 *
 * @param choices how often each was said
 * @param annotators by name
 * @param agreement of those who judged the same pairs
 * @param left how often the better answer was the one on the left
 * @param models by share of wins, the best first; those whose names are known
 * @param medianSeconds for which half of the pairs were looked at less; NaN without any
 * @param seconds of every verdict that counts, ascending
 * @param problems that were reported
 */
public record StudyFigures(
    Map<Choice, Long> choices,
    List<Annotator> annotators,
    Agreement agreement,
    Proportion left,
    List<Model> models,
    double medianSeconds,
    List<Double> seconds,
    List<Problem> problems) {

  /**
   * A person.
   *
   * @param name the name
   * @param verdicts that count
   * @param skipped pairs
   * @param ties share of verdicts that are ties
   * @param left share of decisions for the answer on the left
   * @param medianSeconds for a pair
   */
  public record Annotator(
      String name,
      long verdicts,
      long skipped,
      Proportion ties,
      Proportion left,
      double medianSeconds) {}

  /**
   * A model.
   *
   * @param name the name
   * @param wins share of wins, a tie being half of one
   */
  public record Model(String name, Proportion wins) {}

  /**
   * Something wrong with a pair.
   *
   * @param pair its number
   * @param questionId by which the file names it
   * @param annotator who says so
   * @param reason in this person's words
   */
  public record Problem(long pair, String questionId, String annotator, String reason) {}

  /** Collects verdicts; texts are not kept. */
  public static final class Collector {

    private final Map<Choice, Long> choices = new EnumMap<>(Choice.class);
    private final Map<String, Person> people = new TreeMap<>();
    private final Person everybody = new Person();
    private final Map<Long, long[]> byPair = new HashMap<>();
    private final Map<String, double[]> models = new TreeMap<>();
    private final List<Problem> problems = new ArrayList<>();

    private static final class Person {
      private long skipped;
      private long ties;
      private long decided;
      private long left;
      private final List<Double> seconds = new ArrayList<>();

      void add(VerdictRow verdict) {
        Choice choice = verdict.choice();
        if (choice == Choice.SKIP) {
          skipped++;
        }
        if (choice.tie()) {
          ties++;
        }
        if (choice.decides()) {
          decided++;
          left += (choice == Choice.FIRST) == verdict.firstLeft() ? 1 : 0;
        }
        if (choice.counts()) {
          seconds.add(verdict.seconds());
        }
      }

      Annotator figures(String name) {
        return new Annotator(
            name,
            seconds.size(),
            skipped,
            Proportion.of(ties, seconds.size()),
            Proportion.of(left, decided),
            median(seconds));
      }
    }

    /** Adds a verdict. */
    public void add(VerdictRow verdict) {
      Choice choice = verdict.choice();
      choices.merge(choice, 1L, Long::sum);
      people.computeIfAbsent(verdict.annotator(), name -> new Person()).add(verdict);
      everybody.add(verdict);
      if (choice == Choice.PROBLEM) {
        problems.add(
            new Problem(
                verdict.pair(), verdict.questionId(), verdict.annotator(), verdict.reason()));
      }
      if (choice.counts()) {
        // Ties are one kind: whether both are bad is another question.
        int kind = choice.tie() ? 2 : choice == Choice.FIRST ? 0 : 1;
        byPair.computeIfAbsent(verdict.pair(), pair -> new long[3])[kind]++;
        double first = choice.tie() ? 0.5 : choice == Choice.FIRST ? 1 : 0;
        verdict.answers().firstModel().ifPresent(model -> won(model, first));
        verdict.answers().secondModel().ifPresent(model -> won(model, 1 - first));
      }
    }

    private void won(String model, double share) {
      double[] wins = models.computeIfAbsent(model, name -> new double[2]);
      wins[0] += share;
      wins[1]++;
    }

    /** The figures so far. */
    public StudyFigures figures() {
      Annotator all = everybody.figures("");
      return new StudyFigures(
          choices,
          people.entrySet().stream()
              .map(person -> person.getValue().figures(person.getKey()))
              .toList(),
          Agreement.of(byPair.values()),
          all.left(),
          models.entrySet().stream()
              .map(
                  model ->
                      new Model(
                          model.getKey(),
                          Proportion.of(model.getValue()[0], (long) model.getValue()[1])))
              .sorted(Comparator.comparingDouble((Model model) -> -model.wins().share()))
              .toList(),
          all.medianSeconds(),
          everybody.seconds.stream().sorted().toList(),
          problems);
    }

    private static double median(List<Double> values) {
      List<Double> sorted = values.stream().sorted().toList();
      int size = sorted.size();
      return size == 0 ? Double.NaN : (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2;
    }
  }
}
