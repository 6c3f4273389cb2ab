package dev.parley.cli;

import dev.parley.cli.answers.ChatCommand;
import dev.parley.cli.answers.GenerateCommand;
import dev.parley.cli.arena.ArenaCommand;
import dev.parley.cli.broker.BrokerCommand;
import dev.parley.cli.broker.TopicsCommand;
import dev.parley.cli.console.ConsoleCommand;
import dev.parley.cli.constitution.ConstitutionCommand;
import dev.parley.cli.database.DatabaseCommand;
import dev.parley.cli.dataset.DataCommand;
import dev.parley.cli.judging.EvaluateCommand;
import dev.parley.cli.judging.JudgeCommand;
import dev.parley.cli.models.ModelsCommand;
import dev.parley.cli.pipeline.PipelineCommand;
import dev.parley.cli.quickstart.QuickstartCommand;
import dev.parley.cli.report.ReportCommand;
import dev.parley.cli.runs.RunsCommand;
import dev.parley.cli.runs.SubmitCommand;
import dev.parley.cli.scoring.ScoreCommand;
import dev.parley.cli.terminal.Terminal;
import dev.parley.cli.train.TrainCommand;
import dev.parley.cli.up.UpCommand;
import dev.parley.cli.watch.WatchCommand;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The top command. */
@Command(
    name = "parley",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = VersionText.class)
public final class Parley implements Runnable {

  @Spec private CommandSpec spec;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace when something fails.")
  private boolean verbose;

  boolean verbose() {
    return verbose;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command? Nothing was named");
  }

  /**
   * Runs one command and ends the process with its exit code.
   *
   * @param arguments the command line
   */
  public static void main(String[] arguments) {
    // The scorers' log goes where the other libraries' goes: warnings alone.
    System.setProperty("org.jboss.logging.provider", "slf4j");
    System.exit(run(Terminal.ofProcess(), arguments));
  }

  /**
   * Runs one command.
   *
   * @param terminal where it prints
   * @param arguments the command line
   * @return the exit code, see {@link ExitCode}
   */
  public static int run(Terminal terminal, String... arguments) {
    int code = commandLine(terminal).execute(arguments);
    terminal.flush();
    return code;
  }

  /**
   * What is wrong with a command line, by its form alone.
   *
   * @return empty if it is understood
   */
  public static Optional<String> complaint(Terminal terminal, List<String> arguments) {
    try {
      commandLine(terminal).parseArgs(arguments.toArray(String[]::new));
      return Optional.empty();
    } catch (CommandLine.UnmatchedArgumentException e) {
      List<String> near = e.getSuggestions();
      return Optional.of(
          e.getMessage() + (near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near)));
    } catch (ParameterException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** The commands, in the order in which a newcomer meets them. */
  static CommandLine commandLine(Terminal terminal) {
    Parley parley = new Parley();
    FailureReport report = new FailureReport(terminal, parley);
    CommandLine commandLine =
        new CommandLine(parley)
            .addSubcommand(QuickstartCommand.of(terminal))
            .addSubcommand(new TrainCommand(terminal))
            .addSubcommand(PipelineCommand.of(terminal))
            .addSubcommand(new ReportCommand(terminal))
            .addSubcommand(new ChatCommand(terminal))
            .addSubcommand(new GenerateCommand(terminal))
            .addSubcommand(new ScoreCommand(terminal))
            .addSubcommand(new JudgeCommand(terminal))
            .addSubcommand(new EvaluateCommand(terminal))
            .addSubcommand(new ArenaCommand(terminal))
            .addSubcommand(new ConsoleCommand(terminal))
            .addSubcommand(ConstitutionCommand.of(terminal))
            .addSubcommand(DataCommand.of(terminal))
            .addSubcommand(ModelsCommand.of(terminal))
            .addSubcommand(new UpCommand(terminal))
            .addSubcommand(new WatchCommand(terminal))
            .addSubcommand(new SubmitCommand(terminal))
            .addSubcommand(RunsCommand.of(terminal))
            .addSubcommand(TopicsCommand.of(terminal))
            .addSubcommand(new CompletionCommand())
            .addSubcommand(new BrokerCommand(terminal))
            .addSubcommand(new DatabaseCommand(terminal));
    commandLine
        .setOut(new PrintWriter(terminal.out(), true))
        .setErr(new PrintWriter(terminal.err(), true))
        .setColorScheme(CommandLine.Help.defaultColorScheme(terminal.colour() ? Ansi.ON : Ansi.OFF))
        .setAbbreviatedSubcommandsAllowed(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(report)
        .setParameterExceptionHandler(report);
    HelpStyle.apply(commandLine, terminal.helpColumns());
    return commandLine;
  }
}
