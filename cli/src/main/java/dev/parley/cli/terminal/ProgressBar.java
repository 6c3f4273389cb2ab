package dev.parley.cli.terminal;

/**
 * The bar itself: {@code ████▌ 45%}, or {@code [#### ] 45%} where only plain characters are safe.
 */
public final class ProgressBar {

  private static final String EIGHTHS = " ▏▎▍▌▋▊▉█";

  private ProgressBar() {}

  /**
   * A bar and its percentage.
   *
   * @param done how much is done
   * @param total how much there is; 0 if unknown, which gives an empty string
   * @param width characters for the bar itself
   * @param smooth whether to draw eighths of a character
   */
  public static String of(double done, double total, int width, boolean smooth) {
    if (total <= 0) {
      return "";
    }
    double share = Math.max(0, Math.min(1, done / total));
    // Rounded down: 100% is for what is done.
    String percent = "%3d%%".formatted((int) (100 * share));
    if (!smooth) {
      int filled = (int) (share * width);
      return "[" + "#".repeat(filled) + " ".repeat(width - filled) + "] " + percent;
    }
    int eighths = (int) (share * width * 8);
    StringBuilder bar = new StringBuilder("█".repeat(eighths / 8));
    if (eighths % 8 > 0) {
      bar.append(EIGHTHS.charAt(eighths % 8));
    }
    return bar + " ".repeat(width - bar.length()) + " " + percent;
  }
}
