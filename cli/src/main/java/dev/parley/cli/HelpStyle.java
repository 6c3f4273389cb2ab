package dev.parley.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

/** How help looks: the same for every command, and a first screen that shows what to type. */
final class HelpStyle {

  private static final int LONGEST_OPTION = 32;

  private HelpStyle() {}

  /**
   * Applies the style to a command and all below it.
   *
   * @param top the top command, with its subcommands
   * @param columns the width of a line
   */
  static void apply(CommandLine top, int columns) {
    top.getCommandSpec()
        .usageMessage()
        .header("Parley trains language models from what people prefer (RLHF).")
        .footer(
            "Examples:",
            "  parley quickstart                     # all of RLHF, in minutes",
            "  parley data inspect pairs.jsonl       # what is in my preference data?",
            "  parley train ppo --settings           # what can be set?",
            "  parley chat --run quickstart          # talk to the result",
            "  parley up --policy DIR --reward DIR   # broker and services, right here",
            "",
            "Each command explains itself: parley COMMAND --help.",
            "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.");
    applyBelow(top, columns);
  }

  private static void applyBelow(CommandLine command, int columns) {
    UsageMessageSpec usage = command.getCommandSpec().usageMessage();
    usage
        .width(columns)
        .longOptionsMaxWidth(LONGEST_OPTION)
        .abbreviateSynopsis(true)
        .sortOptions(false)
        .synopsisHeading("%nUsage: ")
        .synopsisSubcommandLabel("COMMAND")
        .descriptionHeading(usage.description().length == 0 ? "" : "%n")
        .parameterListHeading("%nArguments:%n")
        .optionListHeading("%nOptions:%n")
        .commandListHeading("%nCommands:%n")
        .footerHeading("%n")
        .sectionKeys(commandsFirst(usage));
    command.getSubcommands().values().forEach(below -> applyBelow(below, columns));
  }

  /** What can be done stands above how: the list of commands before the options. */
  private static List<String> commandsFirst(UsageMessageSpec usage) {
    List<String> keys = new ArrayList<>(usage.sectionKeys());
    List<String> commands =
        List.of(
            UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING,
            UsageMessageSpec.SECTION_KEY_COMMAND_LIST);
    keys.removeAll(commands);
    keys.addAll(keys.indexOf(UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING), commands);
    return keys;
  }
}
