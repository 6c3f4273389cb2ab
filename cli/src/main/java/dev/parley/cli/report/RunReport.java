package dev.parley.cli.report;

import dev.parley.cli.terminal.Quantity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The page of an ordinary run, from its directory alone. */
public final class RunReport {

  private RunReport() {}

  /**
   * Writes a run's page.
   *
   * @param run the run's directory
   * @return the file
   * @throws dev.parley.cli.Failure if the run has no numbers, or the page cannot be written
   */
  public static Path write(Path run) {
    RunFigures figures = RunFigures.read(run);
    List<ReportData.Tile> tiles = new ArrayList<>();
    tile(tiles, figures, "objective/scores", "score", "newest update");
    tile(tiles, figures, "objective/kl", "KL", "nats per answer");
    tile(tiles, figures, "loss", "loss", "newest update");
    tile(tiles, figures, "eval_loss", "held-out loss", "");
    tile(tiles, figures, "eval_accuracy", "held-out agreement", "");
    tile(tiles, figures, "eval_rewards/accuracies", "held-out preference accuracy", "");
    tile(tiles, figures, "response_length/mean", "answer length", "tokens");
    ReportData data =
        new ReportData(
            run.getFileName().toString(),
            figures.rows().size() + " updates",
            "Made from " + run.resolve(RunFigures.FILE) + ".",
            tiles,
            List.of(),
            figures.charts(),
            frontier(figures),
            List.of(),
            "");
    return ReportPage.write(run, data);
  }

  private static void tile(
      List<ReportData.Tile> tiles, RunFigures figures, String name, String label, String note) {
    figures
        .last(name)
        .ifPresent(value -> tiles.add(new ReportData.Tile(label, Quantity.measured(value), note)));
  }

  private static ReportData.Frontier frontier(RunFigures figures) {
    if (!figures.has("objective/kl") || !figures.has("objective/scores")) {
      return null;
    }
    return new ReportData.Frontier(
        "One point per update: what the reward model gives for a distance from the reference.",
        figures.values("objective/kl"),
        List.of(new ReportData.Series("score", figures.values("objective/scores"))));
  }
}
