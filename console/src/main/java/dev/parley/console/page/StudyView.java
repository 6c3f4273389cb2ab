package dev.parley.console.page;

import dev.parley.console.agreement.Proportion;
import dev.parley.console.agreement.StudyFigures;
import dev.parley.console.agreement.TimeBins;
import dev.parley.console.study.Study;
import dev.parley.console.study.StudySummary;
import dev.parley.console.verdict.Choice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What comes out of a study, in words and drawings.
 *
 * @param name of the study
 * @param path of the study
 * @param open whether verdicts are taken
 * @param design how it is run, in a sentence
 * @param instructions for annotators
 * @param given verdicts
 * @param wanted verdicts
 * @param tiles figures with their names
 * @param annotators one row each
 * @param models win rates, the best first
 * @param bars of the time that pairs took
 * @param barsWidth of their drawing
 * @param problems that were reported, on pairs that are withheld or were
 * @param withheld pairs that are shown to nobody
 */
public record StudyView(
    String name,
    String path,
    boolean open,
    String design,
    String instructions,
    long given,
    long wanted,
    List<Tile> tiles,
    List<AnnotatorRow> annotators,
    List<ModelRow> models,
    List<Bar> bars,
    int barsWidth,
    List<StudyFigures.Problem> problems,
    long withheld) {

  private static final int BAR = 44;
  private static final int TALLEST = 110;
  private static final int WIN_WIDTH = 240;

  /**
   * A figure.
   *
   * @param label what it is
   * @param value its value
   * @param note what to think of it
   * @param warning whether somebody should look
   */
  public record Tile(String label, String value, String note, boolean warning) {}

  /** A person, in words. */
  public record AnnotatorRow(
      String name, long verdicts, long skipped, String ties, String left, String seconds) {}

  /**
   * A model with its place in the drawing.
   *
   * @param name the model
   * @param verdicts in which it stood
   * @param share of wins
   * @param interval of it
   * @param low where the interval begins, points
   * @param high where it ends
   * @param at where the share is
   */
  public record ModelRow(
      String name, long verdicts, String share, String interval, int low, int high, int at) {}

  /**
   * A bar.
   *
   * @param x its left edge, points
   * @param middle where its labels are
   * @param y its upper edge
   * @param height its height
   * @param label below it
   * @param count above it
   */
  public record Bar(int x, int middle, int y, int height, String label, long count) {}

  static StudyView of(StudySummary summary, String path, StudyFigures figures) {
    Study study = summary.study();
    List<Bar> bars = bars(TimeBins.of(figures.seconds()));
    return new StudyView(
        study.name(),
        path,
        study.open(),
        design(summary),
        study.design().instructions(),
        summary.given(),
        summary.wanted(),
        tiles(figures),
        figures.annotators().stream().map(StudyView::row).toList(),
        figures.models().stream().map(StudyView::row).toList(),
        figures.seconds().isEmpty() ? List.of() : bars,
        bars.size() * BAR,
        figures.problems(),
        summary.withheld());
  }

  private static String design(StudySummary summary) {
    Study study = summary.study();
    return "%,d pairs, each judged by %s; %s; %s%s"
        .formatted(
            summary.pairs(),
            study.design().overlap() == 1 ? "one person" : study.design().overlap() + " people",
            study.design().ties() ? "ties allowed" : "no ties",
            study.design().graded() ? "graded (slightly, much better)" : "not graded",
            study
                .design()
                .policies()
                .map(
                    policies ->
                        "; answers by %s and %s when a pair is first shown"
                            .formatted(policies.first(), policies.second()))
                .orElse(""));
  }

  private static List<Tile> tiles(StudyFigures figures) {
    long ties = count(figures, Choice.SAME) + count(figures, Choice.BOTH_BAD);
    long all = ties + count(figures, Choice.FIRST) + count(figures, Choice.SECOND);
    List<Tile> tiles = new ArrayList<>();
    tiles.add(
        new Tile(
            "Verdicts",
            Long.toString(all),
            "%d skipped, %d problems"
                .formatted(count(figures, Choice.SKIP), count(figures, Choice.PROBLEM)),
            false));
    tiles.add(
        new Tile(
            "Agreement",
            percent(figures.agreement().share()),
            figures.agreement().couples() == 0
                ? "no pair was judged by two people yet"
                : "of %d couples of verdicts on the same pair"
                    .formatted(figures.agreement().couples()),
            false));
    tiles.add(alpha(figures.agreement().alpha()));
    tiles.add(
        new Tile(
            "Left side chosen",
            percent(figures.left().share()),
            figures.left().all() == 0
                ? "nothing was decided yet"
                : "95%: "
                    + interval(figures.left())
                    + (figures.left().admits(0.5) ? "" : " – a side is favoured"),
            !figures.left().admits(0.5)));
    tiles.add(
        new Tile(
            "Ties",
            percent((double) ties / all),
            "%d about the same, %d both bad"
                .formatted(count(figures, Choice.SAME), count(figures, Choice.BOTH_BAD)),
            false));
    tiles.add(
        new Tile("Time for a pair", seconds(figures.medianSeconds()), "median of all", false));
    return tiles;
  }

  private static Tile alpha(double alpha) {
    String note =
        Double.isNaN(alpha)
            ? "needs pairs that several people judged"
            : alpha >= 0.667
                ? "beyond chance; good"
                : alpha >= 0.2
                    ? "beyond chance; usual for preferences is 0.2 to 0.6"
                    : "little more than chance: are the instructions clear?";
    return new Tile(
        "Krippendorff’s alpha",
        Double.isNaN(alpha) ? "–" : String.format(Locale.ROOT, "%.2f", alpha),
        note,
        alpha < 0.2);
  }

  private static long count(StudyFigures figures, Choice choice) {
    return figures.choices().getOrDefault(choice, 0L);
  }

  private static AnnotatorRow row(StudyFigures.Annotator annotator) {
    return new AnnotatorRow(
        annotator.name(),
        annotator.verdicts(),
        annotator.skipped(),
        percent(annotator.ties().share()),
        percent(annotator.left().share()),
        seconds(annotator.medianSeconds()));
  }

  private static ModelRow row(StudyFigures.Model model) {
    Proportion wins = model.wins();
    return new ModelRow(
        model.name(),
        wins.all(),
        percent(wins.share()),
        interval(wins),
        point(wins.low()),
        point(wins.high()),
        point(wins.share()));
  }

  private static int point(double share) {
    return (int) Math.round(share * WIN_WIDTH);
  }

  private static List<Bar> bars(List<TimeBins.Bin> bins) {
    long most = Math.max(1, bins.stream().mapToLong(TimeBins.Bin::count).max().orElse(1));
    List<Bar> bars = new ArrayList<>();
    for (TimeBins.Bin bin : bins) {
      int height = (int) Math.ceil((double) TALLEST * bin.count() / most);
      int x = bars.size() * BAR;
      bars.add(new Bar(x, x + BAR / 2, 16 + TALLEST - height, height, bin.label(), bin.count()));
    }
    return bars;
  }

  private static String percent(double share) {
    return Double.isNaN(share) ? "–" : String.format(Locale.ROOT, "%.0f%%", 100 * share);
  }

  private static String interval(Proportion share) {
    return percent(share.low()) + " to " + percent(share.high());
  }

  private static String seconds(double seconds) {
    return Double.isNaN(seconds)
        ? "–"
        : seconds < 100
            ? String.format(Locale.ROOT, "%.0f s", seconds)
            : String.format(Locale.ROOT, "%.1f min", seconds / 60);
  }
}
