package dev.parley.cli;

import dev.parley.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says on standard error why a command did not run, and what to do. */
final class FailureReport implements IExecutionExceptionHandler, IParameterExceptionHandler {

  private final Terminal terminal;
  private final Parley parley;

  FailureReport(Terminal terminal, Parley parley) {
    this.terminal = terminal;
    this.parley = parley;
  }

  @Override
  public int handleExecutionException(
      Exception exception, CommandLine command, ParseResult arguments) {
    if (exception instanceof InterruptedException) {
      return ExitCode.INTERRUPTED;
    }
    if (exception instanceof Failure failure) {
      complain(failure.getMessage());
      if (!failure.remedy().isEmpty()) {
        terminal.err().println(failure.remedy());
      }
    } else {
      complain("something went wrong that should not: " + exception);
      if (!parley.verbose()) {
        terminal.err().println("Run it again with --verbose and report what that prints.");
      }
    }
    if (parley.verbose()) {
      exception.printStackTrace(terminal.err());
    }
    return ExitCode.FAILED;
  }

  @Override
  public int handleParseException(ParameterException exception, String[] arguments) {
    CommandLine command = exception.getCommandLine();
    complain(exception.getMessage());
    if (exception instanceof UnmatchedArgumentException unmatched) {
      UnmatchedArgumentException.printSuggestions(unmatched, command.getErr());
    }
    command.getErr().println("See: " + command.getCommandSpec().qualifiedName() + " --help");
    return ExitCode.USAGE;
  }

  private void complain(String message) {
    terminal.err().println(terminal.red("parley: ") + message);
  }
}
