package dev.parley.cli.dataset;

import dev.parley.cli.terminal.Quantity;
import dev.parley.data.summary.Histogram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Bars as one SVG picture, in the colours of the report's page, light and dark. */
final class BarsPlot {

  private static final int WIDTH = 380;
  private static final int HEIGHT = 220;
  private static final int COLUMNS = 2;
  private static final int GAP = 14;
  private static final int MARGIN = 16;
  private static final int TITLE = 34;
  private static final int AXIS = 34;

  private static final String STYLE =
      """
      :root { --page: #f6f5f2; --card: #ffffff; --text: #1d1f21; --muted: #6a6f76; --line: #e3e0da; --one: #2f6fb0; }
      @media (prefers-color-scheme: dark) {
        :root { --page: #16181b; --card: #1f2226; --text: #e7e5e1; --muted: #9aa0a8; --line: #32363c; --one: #6fb0ee; }
      }
      text { font: 11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--muted); }
      .title { font-size: 14px; font-weight: 600; fill: var(--text); }
      .bar { fill: var(--one); }
      """;

  private BarsPlot() {}

  /**
   * One bar.
   *
   * @param label what is counted, whole
   * @param axis the same, as short as the place below the bar
   * @param count how many
   */
  record Bar(String label, String axis, long count) {
    Bar(String label, long count) {
      this(label, label, count);
    }
  }

  /**
   * Bars that belong together.
   *
   * @param title what of the rows, and in which unit
   */
  record Panel(String title, List<Bar> bars) {

    /** A histogram, from its first length that occurs. */
    static Panel of(String title, Histogram histogram) {
      List<Long> counts = histogram.counts();
      int first = 0;
      while (first < counts.size() - 1 && counts.get(first) == 0) {
        first++;
      }
      return new Panel(
          title,
          IntStream.range(first, counts.size())
              .mapToObj(
                  bin ->
                      new Bar(
                          Histogram.label(bin),
                          Quantity.count(Histogram.from(bin)),
                          counts.get(bin)))
              .toList());
    }

    /** The tallest bar's count. */
    long most() {
      return bars.stream().mapToLong(Bar::count).max().orElse(1);
    }
  }

  /** Writes the picture; whoever finds the file finds all of it. */
  static void write(Path file, List<Panel> panels) throws IOException {
    Path target = file.toAbsolutePath();
    Files.createDirectories(target.getParent());
    Path unfinished = target.resolveSibling(target.getFileName() + ".unfinished");
    Files.writeString(unfinished, svg(panels), StandardCharsets.UTF_8);
    Files.move(
        unfinished, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  static String svg(List<Panel> panels) {
    int columns = Math.min(COLUMNS, Math.max(1, panels.size()));
    int lines = (panels.size() + columns - 1) / columns;
    int width = columns * (WIDTH + GAP) + GAP;
    int height = lines * (HEIGHT + GAP) + GAP;
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">%n"
            .formatted(width, height, width, height));
    svg.append("<style>\n").append(STYLE).append("</style>\n");
    svg.append("<rect width=\"100%\" height=\"100%\" style=\"fill: var(--page)\"/>\n");
    for (int i = 0; i < panels.size(); i++) {
      panel(
          svg,
          panels.get(i),
          GAP + i % columns * (WIDTH + GAP),
          GAP + i / columns * (HEIGHT + GAP));
    }
    return svg.append("</svg>\n").toString();
  }

  private static void panel(StringBuilder svg, Panel panel, int x, int y) {
    List<Bar> bars = panel.bars();
    long most = Math.max(1, panel.most());
    double step = (double) (WIDTH - 2 * MARGIN) / Math.max(1, bars.size());
    int floor = HEIGHT - AXIS;
    svg.append("<g transform=\"translate(%d %d)\">%n".formatted(x, y));
    svg.append(
        "<rect width=\"%d\" height=\"%d\" rx=\"10\" style=\"fill: var(--card); stroke: var(--line)\"/>%n"
            .formatted(WIDTH, HEIGHT));
    svg.append(
        "<text class=\"title\" x=\"%d\" y=\"22\">%s</text>%n".formatted(MARGIN, panel.title()));
    for (int i = 0; i < bars.size(); i++) {
      Bar bar = bars.get(i);
      double left = MARGIN + i * step;
      double tall = (double) (floor - TITLE - 14) * bar.count() / most;
      svg.append(
          String.format(
              Locale.ROOT,
              "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%s:"
                  + " %s</title></rect>%n",
              left + 1,
              floor - tall,
              step - 2,
              tall,
              bar.label(),
              Quantity.exact(bar.count())));
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>%n",
              left + step / 2,
              floor - tall - 4,
              Quantity.count(bar.count())));
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
              left + step / 2,
              floor + 16,
              bar.axis()));
    }
    svg.append("</g>\n");
  }
}
