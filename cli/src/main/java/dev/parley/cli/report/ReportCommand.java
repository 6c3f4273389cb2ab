package dev.parley.cli.report;

import dev.parley.cli.ExitCode;
import dev.parley.cli.terminal.Terminal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Writes a run's page. */
@Command(
    name = "report",
    header = "Say how a run went, and write its report.html: its curves on one page.",
    description =
        "Prints the main numbers as means of the first and the last three updates. The page is one file that needs no network. A run under way can be looked at too.",
    footer = {"Examples:", "  parley report runs/ppo-1", "  parley report ppo-1"})
public final class ReportCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Parameters(paramLabel = "RUN", description = "A run's directory, or its name below runs/.")
  private Path run;

  /** The command, printing to a terminal. */
  public ReportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Path directory = Files.isDirectory(run) ? run : Path.of("runs").resolve(run);
    Path absolute = directory.toAbsolutePath().normalize();
    RunSummary.lines(absolute).forEach(terminal.out()::println);
    terminal.out().println("report: " + RunReport.write(absolute));
    return ExitCode.OK;
  }
}
