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
    header = "Write a run's report.html: its curves on one page.",
    description =
        "The page is one file that needs no network. A run under way can be looked at too.",
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
    terminal.out().println(RunReport.write(directory.toAbsolutePath().normalize()));
    return ExitCode.OK;
  }
}
