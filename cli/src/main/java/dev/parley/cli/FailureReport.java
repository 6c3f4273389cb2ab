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
    if (exception instanceof UnmatchedArgumentException unmatched) {
      complain(unmatched(unmatched.getUnmatched().get(0), command));
      UnmatchedArgumentException.printSuggestions(unmatched, command.getErr());
    } else {
      complain(exception.getMessage());
    }
    command.getErr().println("See: " + command.getCommandSpec().qualifiedName() + " --help");
    return ExitCode.USAGE;
  }

  private static String unmatched(String argument, CommandLine command) {
    String name = command.getCommandSpec().qualifiedName();
    if (argument.startsWith("-")) {
      return "%s has no option \"%s\"".formatted(name, argument);
    }
    return command.getSubcommands().isEmpty()
        ? "\"%s\" is one argument too many for %s".formatted(argument, name)
        : "%s has no command \"%s\"".formatted(name, argument);
  }

  private void complain(String message) {
    terminal.err().println(terminal.red("parley: ") + message);
  }
}
