package dev.parley.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.terminal.CapturedTerminal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ParleyTest {

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @Test
  void helpShowsWhatParleyIsItsCommandsAndWhatToType() {
    assertThat(run("--help")).isEqualTo(ExitCode.OK);

    assertThat(terminal.out())
        .startsWith("Parley trains language models from what people prefer (RLHF).")
        .contains("  data ", "  models ", "  up ", "  watch ", "  completion ")
        .contains("parley data inspect pairs.jsonl")
        .contains("Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.")
        .doesNotContain("broker on")
        .doesNotContain("\u001B");
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void everyCommandTeachesWithAHeaderAndExamples() {
    Deque<CommandLine> commands = new ArrayDeque<>();
    commands.add(Parley.commandLine(terminal.terminal()));
    while (!commands.isEmpty()) {
      CommandLine command = commands.pop();
      var usage = command.getCommandSpec().usageMessage();
      assertThat(usage.header()).as(command.getCommandName()).isNotEmpty();
      if (command.getSubcommands().isEmpty()) {
        assertThat(String.join("\n", usage.footer()))
            .as(command.getCommandName())
            .contains("Example")
            .contains(
                "parley "
                    + (command.getParent().getParent() == null
                        ? ""
                        : command.getParent().getCommandName() + " ")
                    + command.getCommandName());
      }
      commands.addAll(command.getSubcommands().values());
    }
  }

  @Test
  void noLineOfHelpIsWiderThanEightyColumnsAndNoExampleIsWrapped() {
    Deque<CommandLine> commands = new ArrayDeque<>();
    commands.add(Parley.commandLine(terminal.terminal()));
    while (!commands.isEmpty()) {
      CommandLine command = commands.pop();
      assertThat(command.getUsageMessage().lines())
          .as(command.getCommandName())
          .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80))
          .containsAll(List.of(command.getCommandSpec().usageMessage().footer()));
      commands.addAll(command.getSubcommands().values());
    }
  }

  @Test
  void aTerminalGetsColours() {
    CapturedTerminal seen = CapturedTerminal.seen();

    Parley.run(seen.terminal(), "--help");

    assertThat(seen.out()).contains("\u001B[1m");
  }

  @Test
  void aMisspeltCommandIsWrongUsageAndTheNearestIsNamed() {
    assertThat(run("dta", "inspect")).isEqualTo(ExitCode.USAGE);

    assertThat(terminal.err())
        .startsWith("parley: parley has no command \"dta\"\nDid you mean: parley data")
        .endsWith("See: parley --help\n");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void aMisspeltOptionIsWrongUsageAndTheNearestIsNamed() {
    assertThat(run("data", "inspect", "--skip-bda", "x")).isEqualTo(ExitCode.USAGE);

    assertThat(terminal.err())
        .contains("has no option \"--skip-bda\"", "--skip-bad", "See: parley data inspect --help");
  }

  @Test
  void noCommandIsWrongUsage() {
    assertThat(run()).isEqualTo(ExitCode.USAGE);
    assertThat(run("data")).isEqualTo(ExitCode.USAGE);

    assertThat(terminal.err()).contains("which command?").contains("[inspect, validate, ");
  }

  @Test
  void aFailureIsOneSentenceAndWhatToDo() {
    assertThat(run("models", "download", "nothing here")).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err().lines())
        .containsExactly(
            "parley: there is no directory \"nothing here\", and it is no hub id",
            "A hub id has two parts, as in HuggingFaceTB/SmolLM2-135M-Instruct, and perhaps"
                + " @revision.");
  }

  @Test
  void verboseShowsTheStackTraceWhereverItStands() {
    run("models", "download", "nothing here", "--verbose");
    run("--verbose", "models", "download", "nothing here");

    assertThat(terminal.err().split("dev.parley.cli.Failure: there is no directory", -1))
        .hasSize(3);
    assertThat(terminal.err()).contains("\tat dev.parley.cli.");
  }

  @Test
  void theVersionNamesTheJava() {
    assertThat(run("--version")).isEqualTo(ExitCode.OK);

    assertThat(terminal.out())
        .startsWith("parley ")
        .contains("Java " + System.getProperty("java.version"));
  }

  @Test
  void completionKnowsCommandsAndOptionsButNotTheHiddenOnes() {
    assertThat(run("completion", "bash")).isEqualTo(ExitCode.OK);
    String bash = terminal.out();

    assertThat(bash)
        .startsWith("#!/usr/bin/env bash")
        .contains("--skip-bad")
        .contains("inspect")
        .contains("hh-rlhf");
    assertThat(bash).doesNotContain("_picocli_parley_broker");
    assertThat(run("completion", "zsh")).isEqualTo(ExitCode.OK);
    assertThat(run("completion", "fish")).isEqualTo(ExitCode.USAGE);
  }

  private int run(String... arguments) {
    return Parley.run(terminal.terminal(), arguments);
  }
}
