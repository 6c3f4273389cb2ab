package dev.parley.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

/** What {@code parley --help} shows: what Parley is, the commands, and what to type first. */
final class FirstScreen {

  private FirstScreen() {}

  static void on(CommandLine commandLine) {
    UsageMessageSpec usage = commandLine.getCommandSpec().usageMessage();
    usage.header("Parley trains language models from what people prefer (RLHF).", "");
    usage.commandListHeading("%nCommands:%n");
    usage.optionListHeading("%nOptions:%n");
    usage.footer(
        "",
        "Examples:",
        "  parley data inspect pairs.jsonl            # what is in my preference data?",
        "  parley models download org/name            # fetch a model from the Hugging Face hub",
        "  parley up --policy DIR --reward DIR        # broker and services on this machine",
        "  parley watch runs/ID                       # follow a training run",
        "",
        "Each command explains itself: parley COMMAND --help.",
        "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.");
  }
}
