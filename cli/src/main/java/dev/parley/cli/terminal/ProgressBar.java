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
    String bar = plain(done, total, width, smooth);
    String padded = bar + " ".repeat(width - bar.length());
    return (smooth ? padded : "[" + padded + "]") + " " + percent;
  }

  /**
   * A bar alone, as long as it is.
   *
   * @param done how much there is of this
   * @param total how much a full bar stands for, above 0
   * @param width characters of a full bar
   * @param smooth whether to draw eighths of a character
   */
  public static String plain(double done, double total, int width, boolean smooth) {
    double share = Math.max(0, Math.min(1, done / total));
    if (!smooth) {
      return "#".repeat((int) (share * width));
    }
    int eighths = (int) (share * width * 8);
    StringBuilder bar = new StringBuilder("█".repeat(eighths / 8));
    if (eighths % 8 > 0) {
      bar.append(EIGHTHS.charAt(eighths % 8));
    }
    return bar.toString();
  }
}
