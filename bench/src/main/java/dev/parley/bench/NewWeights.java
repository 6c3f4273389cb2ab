package dev.parley.bench;

import dev.parley.bench.own.SwappedWeights;
import java.util.Locale;

/**
 * From the announcement of new weights to the first token that they made, while an answer is being
 * generated, beside reading their files once.
 *
 * @param rig what it runs on
 * @param model the shape
 * @param file where its bytes are
 * @param bar the ratio to stay below
 */
record NewWeights(Rig rig, BenchModel model, File file, double bar) implements Comparison {

  /** Where the bytes of a file are before it is read. */
  enum File {
    /** In the page cache: this machine has just written it. */
    CACHED,
    /** On the disk alone: another machine wrote it. */
    COLD
  }

  private static final int SWAPS = 5;

  @Override
  public String name() {
    return "new-weights-" + model.size() + (file == File.COLD ? "-cold" : "");
  }

  @Override
  public String description() {
    return "announcement to first token from new weights, %s, an answer in progress: against reading the files once (both %s)"
        .formatted(model.size(), file == File.COLD ? "from the disk" : "in the page cache");
  }

  @Override
  public String unit() {
    return "s";
  }

  @Override
  public boolean atMost() {
    return true;
  }

  @Override
  public Rates measure() throws InterruptedException {
    try (Broker broker = new Broker(rig.directory(name()), 1)) {
      SwappedWeights.Figures figures =
          rig.own(
              new SwappedWeights(
                  rig.model(model),
                  rig.directory(name() + "-versions"),
                  broker.bootstrap(),
                  name(),
                  SWAPS,
                  file == File.COLD),
              SwappedWeights.Figures.class);
      System.err.printf(
          Locale.ROOT,
          "%s: written in %.2f s; first token %.2f s after the announcement, %.2f s after the last"
              + " file, %.2f s after the first number was written%n",
          name(),
          figures.writeSeconds(),
          figures.swapSeconds(),
          figures.lastFileSeconds(),
          figures.writeSeconds() + figures.swapSeconds());
      return new Rates(figures.swapSeconds(), figures.readSeconds());
    }
  }
}
