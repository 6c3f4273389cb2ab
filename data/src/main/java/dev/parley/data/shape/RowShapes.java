package dev.parley.data.shape;

import dev.parley.data.Defect;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.spelling.Spelling;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** All shapes, and which one a row has. */
public final class RowShapes {

  private static final RowShape PARLEY = new ParleyShape();

  /** The shapes, in the order of {@code docs/data.md}. */
  public static final List<RowShape> ALL =
      List.of(
          PARLEY,
          new HhRlhfShape(),
          new TrlPreferenceShape(),
          new MessagesShape(),
          new PromptCompletionShape(),
          new AlpacaShape(),
          new AlpacaPreferenceShape(),
          new ShareGptShape(),
          new ShareGptPreferenceShape(),
          new JudgedPairShape(),
          new QuestionAnswerShape(),
          new MtBenchShape(),
          new PromptShape(),
          new RankingShape(),
          new RatingShape(),
          new HelpSteerShape(),
          new StepLabelsShape(),
          new Prm800kShape(),
          new Prm800kStepShape(),
          new ProcessBenchShape(),
          new UnpairedShape());

  private static final Set<String> KEYS =
      ALL.stream().flatMap(shape -> shape.requires().stream()).collect(Collectors.toSet());

  private RowShapes() {}

  /**
   * The shape of a row, from its keys.
   *
   * @throws InvalidExampleException if none or several fit; the message lists the keys and the
   *     shapes
   */
  public static RowShape of(RowFields row) {
    if (row.keys().containsAll(PARLEY.requires())) {
      return PARLEY;
    }
    List<RowShape> fitting = ALL.stream().filter(shape -> shape.matches(row)).toList();
    if (fitting.size() == 1) {
      return fitting.get(0);
    }
    List<RowShape> near =
        ALL.stream().filter(shape -> row.keys().containsAll(shape.requires())).toList();
    if (fitting.size() > 1 || near.size() > 1) {
      throw new InvalidExampleException(
          Defect.AMBIGUOUS_SHAPE,
          "the row has the keys %s, which could be %s; expected one shape: drop the keys of the others, or name the shape"
              .formatted(
                  row.keys(),
                  (fitting.isEmpty() ? near : fitting)
                      .stream().map(RowShape::name).collect(Collectors.joining(" or "))));
    }
    throw new InvalidExampleException(
        Defect.UNKNOWN_SHAPE,
        "no shape has the keys %s%s; expected one of: %s"
            .formatted(row.keys(), nearMiss(row), describeAll()));
  }

  /**
   * The shape of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static RowShape named(String name) {
    List<String> names = ALL.stream().map(RowShape::name).toList();
    return ALL.stream()
        .filter(shape -> shape.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no shape is called \"%s\"; expected one of %s%s"
                        .formatted(name, names, Spelling.suggestion(name, names))));
  }

  /** What is most likely wrong: a key misspelt, or one key of a shape absent. */
  private static String nearMiss(RowFields row) {
    return row.keys().stream()
        .filter(key -> !KEYS.contains(key))
        .map(key -> Spelling.suggestion(key, KEYS))
        .filter(suggestion -> !suggestion.isEmpty())
        .findFirst()
        .orElseGet(() -> oneMissing(row));
  }

  private static String oneMissing(RowFields row) {
    Map<String, List<String>> shapesByMissingKey = new TreeMap<>();
    for (RowShape shape : ALL) {
      Set<String> missing = new TreeSet<>(shape.requires());
      missing.removeAll(row.keys());
      boolean fits = shape.excludes().stream().noneMatch(row.keys()::contains);
      if (fits && missing.size() == 1 && shape.requires().size() > 1) {
        shapesByMissingKey
            .computeIfAbsent(missing.iterator().next(), key -> new ArrayList<>())
            .add(shape.name());
      }
    }
    return shapesByMissingKey.entrySet().stream()
        .map(
            entry ->
                "; with '%s' it would be %s"
                    .formatted(entry.getKey(), String.join(" or ", entry.getValue())))
        .collect(Collectors.joining());
  }

  private static String describeAll() {
    return ALL.stream()
        .map(shape -> shape.name() + " " + new TreeSet<>(shape.requires()))
        .collect(Collectors.joining(", "));
  }
}
