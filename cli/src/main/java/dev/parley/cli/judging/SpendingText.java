package dev.parley.cli.judging;

import static dev.parley.cli.terminal.Quantity.exact;

import dev.parley.cli.terminal.Table;
import dev.parley.judge.chat.Spending;
import java.util.Locale;

/** What questions have cost, as rows of a table. */
public final class SpendingText {

  private SpendingText() {}

  /** Adds the rows. */
  public static void add(Table table, Spending spending) {
    table.row("questions answered", exact(spending.answers()));
    table.row("  found on disk", exact(spending.kept()));
    if (spending.retries() > 0) {
      table.row("  asked again", exact(spending.retries()));
    }
    if (spending.failures() > 0) {
      table.row("  without answer", exact(spending.failures()));
    }
    table.row("tokens asked", exact(spending.promptTokens()));
    table.row("tokens answered", exact(spending.completionTokens()));
    if (spending.uncounted() > 0) {
      table.row("answers whose tokens nobody counted", exact(spending.uncounted()));
    }
    if (spending.cost() > 0) {
      table.row("cost", String.format(Locale.ROOT, "%.4f", spending.cost()));
    }
  }
}
