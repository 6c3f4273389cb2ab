package dev.parley.cli.dataset;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.PromptRow;
import dev.parley.data.Ranking;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.DatasetWriter;
import dev.parley.data.file.Row;
import dev.parley.data.file.RowPlace;
import dev.parley.data.file.SkippedRows;
import dev.parley.data.similarity.Deduplication;
import dev.parley.data.similarity.Overlaps;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Finds training rows that hold what an evaluation set asks. */
@Command(
    name = "contamination",
    header = "Find rows that share words with an evaluation set.",
    description = {
      "A row is listed if --words words in a row of its prompt or of an answer stand, in that"
          + " order, in a prompt or an answer of the evaluation set; case and punctuation do not"
          + " count. Texts that are shorter than that must be the same.",
      "",
      "Exit code 1 if there are such rows, unless --clean writes the others."
    },
    footer = {
      "Examples:",
      "  parley data contamination train.jsonl --against test.jsonl",
      "  parley data contamination train/ --against gsm8k-test.jsonl --words 8 \\",
      "      --clean train-clean.jsonl"
    })
final class ContaminationCommand implements Callable<Integer> {

  private static final int LONGEST_PASSAGE = 120;

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Mixin private InputRows input;

  @Option(
      names = "--against",
      paramLabel = "FILE",
      required = true,
      description = "The evaluation set; may be repeated.")
  private List<String> against = new ArrayList<>();

  @Option(
      names = "--words",
      paramLabel = "N",
      defaultValue = "13",
      description = "Words in a row that count as an overlap. Default: ${DEFAULT-VALUE}.")
  private int words;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "How many rows to list; 0 lists all. Default: ${DEFAULT-VALUE}.")
  private int limit;

  @Option(
      names = "--clean",
      paramLabel = "FILE",
      description = "Write the rows that share nothing to this file.")
  private Optional<Path> clean = Optional.empty();

  @Mixin private OutputRows rows;

  ContaminationCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    if (words < 1) {
      throw new ParameterException(
          spec.commandLine(), "--words is " + words + "; expected 1 or more");
    }
    Overlaps<RowPlace> evaluation = new Overlaps<>(words);
    long asked = index(evaluation);
    long[] counts = new long[2];
    try (DatasetWriter writer = clean.isPresent() ? rows.create(clean.get()) : null) {
      SkippedRows skipped =
          input.forEach(
              terminal,
              "comparing",
              row -> {
                counts[0]++;
                Optional<Overlaps.Overlap<RowPlace>> overlap =
                    texts(row.example()).stream()
                        .flatMap(text -> evaluation.of(text).stream())
                        .findFirst();
                if (overlap.isPresent()) {
                  if (++counts[1] <= limit || limit == 0) {
                    list(row, overlap.get());
                  }
                } else if (writer != null) {
                  writer.write(row.example());
                }
              });
      if (writer != null) {
        writer.finish();
      }
      InputRows.tell(terminal, skipped);
    }
    if (limit > 0 && counts[1] > limit) {
      terminal.out().printf("and %s more%n", Quantity.exact(counts[1] - limit));
    }
    String result =
        "%s of %s rows share %d words with the %s evaluation rows"
            .formatted(
                Quantity.exact(counts[1]), Quantity.exact(counts[0]), words, Quantity.exact(asked));
    if (counts[1] > 0 && clean.isEmpty()) {
      throw new Failure(result, "Write the others with --clean FILE.");
    }
    terminal.out().println(result);
    clean.ifPresent(file -> terminal.out().println("written: " + file));
    return ExitCode.OK;
  }

  private long index(Overlaps<RowPlace> evaluation) {
    long count = 0;
    try (DatasetReader<Example> reader =
        Dataset.of(against.toArray(String[]::new)).examples(input.options())) {
      while (reader.hasNext()) {
        Row<Example> row = reader.next();
        texts(row.example()).forEach(text -> evaluation.add(text, row.place()));
        count++;
      }
    } catch (DatasetException e) {
      throw InputRows.failure(e);
    }
    return count;
  }

  /**
   * What a row asks and answers, text by text. A reference answer alone is none: "42" is the answer
   * to much.
   */
  private static List<String> texts(Example example) {
    List<String> texts = new ArrayList<>();
    texts.add(text(example.prompt()));
    if (example instanceof Demonstration demonstration) {
      texts.add(demonstration.answer());
    } else if (example instanceof Preference pair) {
      texts.add(text(pair.chosen()));
      texts.add(text(pair.rejected()));
    } else if (example instanceof Ranking ranking) {
      ranking.answers().forEach(answer -> texts.add(text(answer)));
    } else if (example instanceof PromptRow prompt && prompt.metadata().containsKey("solution")) {
      texts.add(prompt.metadata().get("solution"));
    } else if (!(example instanceof PromptRow)) {
      List<ChatTurn> all = Deduplication.turns(example);
      texts.add(
          text(
              all.subList(example.prompt().size(), all.size()).stream()
                  .filter(ChatTurn::isAssistant)
                  .toList()));
    }
    return texts;
  }

  private static String text(List<ChatTurn> turns) {
    return turns.stream().map(ChatTurn::content).collect(Collectors.joining("\n"));
  }

  private void list(Row<Example> row, Overlaps.Overlap<RowPlace> overlap) {
    String passage = overlap.passage();
    terminal
        .out()
        .println(
            "%s  shares %s of %s words with %s: %s"
                .formatted(
                    row.place(),
                    Quantity.exact(overlap.words()),
                    Quantity.exact(overlap.of()),
                    overlap.with(),
                    passage.length() <= LONGEST_PASSAGE
                        ? passage
                        : passage.substring(0, LONGEST_PASSAGE) + "…"));
  }
}
