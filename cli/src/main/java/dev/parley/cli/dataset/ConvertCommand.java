package dev.parley.cli.dataset;

import dev.parley.cli.ExitCode;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.Preference;
import dev.parley.data.Ranking;
import dev.parley.data.file.DatasetWriter;
import dev.parley.data.file.SkippedRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes a dataset in another shape or format. */
@Command(
    name = "convert",
    header = "Write a dataset in another shape (Parley's, TRL's, messages) or format.",
    description = {
      "Any shape of row is read, as for inspect. The name of the output says its format: .jsonl,"
          + " .csv, .tsv, each also with .gz, or .parquet.",
      "",
      "What the wanted shape cannot say is an error that names the row, so nothing is lost unseen;"
          + " --leave-out allows it."
    },
    footer = {
      "Examples:",
      "  parley data convert hh-rlhf/ --to trl --output pairs.parquet",
      "  parley data convert pairs.jsonl --to trl --leave-out annotator,source \\",
      "      --output pairs.csv",
      "  parley data convert pairs.jsonl --chosen --to messages --output sft.jsonl",
      "  parley data convert topic:preferences --kafka localhost:9092 --source human \\",
      "      --output judged.jsonl"
    })
final class ConvertCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Mixin private InputRows input;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description = "The file to write.")
  private Path output;

  @Mixin private OutputRows rows;

  @Option(names = "--chosen", description = "Of pairs, take the chosen answer as a demonstration.")
  private boolean chosen;

  @Option(
      names = "--pairs",
      description = "Of rankings, write all pairs of answers, a row for each.")
  private boolean pairs;

  ConvertCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    try (DatasetWriter writer = rows.create(output)) {
      SkippedRows skipped =
          input.forEach(
              terminal,
              "converting",
              row -> {
                if (chosen && row.example() instanceof Preference pair) {
                  writer.write(pair.chosenAsDemonstration());
                } else if (pairs && row.example() instanceof Ranking ranking) {
                  for (Preference pair : ranking.pairs()) {
                    writer.write(pair);
                  }
                } else {
                  writer.write(row.example());
                }
              });
      writer.finish();
      InputRows.tell(terminal, skipped);
      terminal.out().printf("%s rows in %s%n", Quantity.exact(writer.rows()), output);
    }
    return ExitCode.OK;
  }
}
