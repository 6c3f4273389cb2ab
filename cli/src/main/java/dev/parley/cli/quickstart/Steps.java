package dev.parley.cli.quickstart;

import dev.parley.cli.report.ReportData;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Terminal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Announces the steps of the quickstart and remembers what came of them. */
final class Steps {

  private final Terminal terminal;
  private final int count;
  private final List<ReportData.Stage> stages = new ArrayList<>();
  private String current = "";
  private long began;

  Steps(Terminal terminal, int count) {
    this.terminal = terminal;
    this.count = count;
  }

  /** Begins a step. */
  void begin(String name) {
    current = name;
    began = System.nanoTime();
    terminal.out().println(terminal.bold("%d/%d  %s".formatted(stages.size() + 1, count, name)));
    terminal.flush();
  }

  /** Ends the step. */
  void end(String result) {
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    terminal.out().println("     " + result + terminal.faint("  in " + Quantity.duration(took)));
    terminal.flush();
    stages.add(new ReportData.Stage(current, result, took.toMillis() / 1000.0));
  }

  List<ReportData.Stage> stages() {
    return List.copyOf(stages);
  }
}
