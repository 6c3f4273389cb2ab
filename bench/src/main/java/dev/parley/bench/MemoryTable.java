package dev.parley.bench;

import dev.parley.bench.own.LearningMemory;
import dev.parley.cli.up.Fleet;
import dev.parley.model.torchscript.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Holds predicted memory against what processes take. */
@Command(
    name = "memory",
    mixinStandardHelpOptions = true,
    header = "Holds predicted memory against what processes take.",
    description =
        "Prints the table of docs/memory.md: policy, value function and optimizer of each shape learn in a process of their own, whose greatest resident size is read from /proc (Linux).")
final class MemoryTable implements Callable<Integer> {

  private static final double MEGA = 1e6;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads for tensors. Default: the number of cores.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--only",
      paramLabel = "SHAPE",
      description = "Only the rows of these shapes: 5m, 15m, 135m.")
  private List<String> only = new ArrayList<>();

  /** A line of the table. */
  private record Line(
      BenchModel model,
      boolean shared,
      Precision precision,
      boolean recompute,
      int rows,
      int answer) {

    private static final int PROMPT = 16;

    static Line of(BenchModel model, boolean shared, int rows, int answer) {
      return new Line(model, shared, Precision.FLOAT32, false, rows, answer);
    }

    Line recomputed() {
      return new Line(model, shared, precision, true, rows, answer);
    }

    Line rounded() {
      return new Line(model, shared, Precision.BFLOAT16, recompute, rows, answer);
    }

    LearningMemory work(Rig rig) {
      int tokens = rows * (PROMPT + answer);
      return new LearningMemory(
          rig.model(model), shared, precision.toString(), recompute, tokens, rows, PROMPT, answer);
    }

    String text(LearningMemory.Figures figures) {
      return String.format(
          Locale.ROOT,
          "| %s | %s | %s | %s | %d × %d | %d | %.0f | %.0f | %.2f |",
          model.size(),
          shared ? "shared" : "separate",
          precision,
          recompute ? "yes" : "no",
          rows,
          PROMPT + answer,
          figures.workers(),
          figures.predicted() / MEGA,
          figures.measured() / MEGA,
          (double) figures.predicted() / figures.measured());
    }
  }

  private static List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    for (BenchModel small : List.of(BenchModel.FIVE_MILLION, BenchModel.FIFTEEN_MILLION)) {
      Line separate = Line.of(small, false, 64, 48);
      lines.add(separate);
      lines.add(separate.recomputed());
      lines.add(Line.of(small, true, 64, 48));
      lines.add(Line.of(small, false, 8, 496));
    }
    // Few tokens: a core without AVX512-BF16 takes a second for each hundred.
    lines.add(Line.of(BenchModel.FIVE_MILLION, false, 4, 48).rounded());
    lines.add(Line.of(BenchModel.FIFTEEN_MILLION, true, 4, 48).rounded());
    lines.add(Line.of(BenchModel.SMOL, false, 16, 48));
    lines.add(Line.of(BenchModel.SMOL, true, 16, 48).recomputed());
    return lines;
  }

  @Override
  public Integer call() throws InterruptedException {
    Rig rig = new Rig(Fleet.root(), threads, Optional.empty());
    System.out.println(
        "| shape | value trunk | precision | recompute | rows × tokens | workers | predicted, MB | measured, MB | ratio |");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
    for (Line line : lines()) {
      if (only.isEmpty() || only.contains(line.model().size())) {
        System.out.println(line.text(rig.own(line.work(rig), LearningMemory.Figures.class)));
      }
    }
    return 0;
  }
}
