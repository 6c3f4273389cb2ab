package dev.parley.bench.own;

import dev.parley.model.LanguageModel;
import dev.parley.model.generation.Generator;
import dev.parley.model.torchscript.EngineOptions;
import java.nio.file.Path;
import java.util.List;

/**
 * Requests of mixed lengths come one after the other and are generated twice by the same engine
 * with as many rows: each joins as soon as a row is free; and in groups that fill the rows, where
 * the next group waits for the last of the one before.
 *
 * @param model the model's directory
 * @param rows at once
 * @param promptTokens of each request
 * @param requests how many
 * @param meanGap seconds between two, on average
 * @param shortest fewest new tokens
 * @param longest most new tokens
 * @param groups what becomes of a group's rows whose sequences have ended
 */
public record ArrivingRequests(
    Path model,
    int rows,
    int promptTokens,
    int requests,
    double meanGap,
    int shortest,
    int longest,
    Ended groups)
    implements Work<ArrivingRequests.Figures> {

  /** What becomes of a row of a group whose sequence has ended before the others. */
  public enum Ended {
    /** It costs nothing any more. */
    DROPPED,
    /** It is computed until the group's longest has ended, as in a batch of fixed size. */
    COMPUTED
  }

  private static final int WARM_UP_STEPS = 8;

  /**
   * New tokens that were asked for per second, from the first request to the end of the last.
   *
   * @param continuous each request joins when there is a row
   * @param groups one group after the other
   */
  public record Figures(double continuous, double groups) {}

  /** Decides how many of the requests that wait may join. */
  private interface Admission {
    int joining(int active, int waiting, boolean last);
  }

  @Override
  public Figures run() {
    List<Arrival> arrivals = Arrival.draw(requests, meanGap, shortest, longest, 1);
    try (LanguageModel language = LanguageModel.open(model, EngineOptions.CPU)) {
      // The JVM compiles the engine's loops only after it has run them for a while.
      both(language, arrivals);
      return both(language, arrivals);
    }
  }

  private Figures both(LanguageModel language, List<Arrival> arrivals) {
    return new Figures(
        rate(
            language,
            arrivals,
            Ended.DROPPED,
            (active, waiting, last) -> Math.min(rows - active, waiting)),
        rate(language, arrivals, groups, this::group));
  }

  private int group(int active, int waiting, boolean last) {
    return active == 0 && (waiting >= rows || last) ? Math.min(rows, waiting) : 0;
  }

  private double rate(
      LanguageModel language, List<Arrival> arrivals, Ended ended, Admission admission) {
    try (Generator generator = new Generator(language, rows, rows * (promptTokens + longest))) {
      Prompts prompts = new Prompts(promptTokens, language.shape().vocabulary());
      warmUp(generator, prompts);
      int next = 0;
      long begin = System.nanoTime();
      while (next < arrivals.size() || generator.active() > 0) {
        double now = (System.nanoTime() - begin) * 1e-9;
        int waiting = Arrival.waiting(arrivals, next, now);
        boolean last = next + waiting == arrivals.size();
        int joining = admission.joining(generator.active(), waiting, last);
        List<Arrival> together = arrivals.subList(next, next + joining);
        int most = together.stream().mapToInt(Arrival::newTokens).max().orElse(0);
        for (Arrival one : together) {
          generator.submit(prompts.next(ended == Ended.COMPUTED ? most : one.newTokens()));
        }
        next += joining;
        if (!generator.step()) {
          Thread.onSpinWait();
        }
      }
      long tokens = arrivals.stream().mapToLong(Arrival::newTokens).sum();
      return tokens / ((System.nanoTime() - begin) * 1e-9);
    }
  }

  /** Allocates the cache at its full size. */
  private void warmUp(Generator generator, Prompts prompts) {
    for (int row = 0; row < rows; row++) {
      generator.submit(prompts.next(longest));
    }
    for (int i = 0; i < WARM_UP_STEPS; i++) {
      generator.step();
    }
    generator.abortAll();
  }
}
