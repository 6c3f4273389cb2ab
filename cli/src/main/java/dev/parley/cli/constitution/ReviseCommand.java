package dev.parley.cli.constitution;

import static dev.parley.cli.terminal.Quantity.exact;
import static dev.parley.cli.terminal.Quantity.percent;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.judging.EndpointOptions;
import dev.parley.cli.judging.InOrder;
import dev.parley.cli.judging.LinesFile;
import dev.parley.cli.judging.Numbered;
import dev.parley.cli.judging.Pair;
import dev.parley.cli.judging.SpendingText;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.PromptRow;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.DatasetWriter;
import dev.parley.data.file.ReadOptions;
import dev.parley.data.file.Row;
import dev.parley.judge.chat.ChatClient;
import dev.parley.judge.constitution.Constitution;
import dev.parley.judge.constitution.Principle;
import dev.parley.judge.constitution.Reviser;
import dev.parley.judge.constitution.Revision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Critique and revision. */
@Command(
    name = "revise",
    header = "Have a model criticise and revise its answers by principles: data for sft.",
    description = {
      "For each prompt the model answers, criticises its answer by a principle that is drawn, and"
          + " revises it, --rounds times. The last revision becomes a demonstration; the trail has"
          + " every answer, critique, revision and principle. A row with a \"response\" begins from"
          + " that."
    },
    footer = {
      "Examples:",
      "  parley constitution revise --constitution principles.txt \\",
      "      --endpoint http://localhost:8091 --model my-policy \\",
      "      --prompts prompts.jsonl --output revised.jsonl --rounds 2",
      "  parley train sft --model MODEL --data revised.jsonl --run my-sft"
    })
final class ReviseCommand implements Callable<Integer> {

  private static final String RESPONSE = "response";

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Mixin private ConstitutionOption constitution;

  @Mixin private EndpointOptions endpoint;

  @Option(
      names = "--prompts",
      required = true,
      paramLabel = "FILE",
      description = "Prompts, in any shape of docs/data.md.")
  private String prompts;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "Where the demonstrations go, as JSON lines; .gz is compressed.")
  private Path output;

  @Option(
      names = "--trail",
      paramLabel = "FILE",
      description = "Where the whole trail goes. Default: the output's name with .trail.jsonl.")
  private Optional<Path> trail = Optional.empty();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "1",
      description = "Critiques and revisions of each answer. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--keep",
      paramLabel = "last|all",
      defaultValue = "last",
      description =
          "Which revisions become demonstrations: ${COMPLETION-CANDIDATES}. Default: last.")
  private Keep keep;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Of principles and answers. Default: ${DEFAULT-VALUE}.")
  private long seed;

  /** Which revisions become demonstrations. */
  enum Keep {
    last,
    all
  }

  ReviseCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rounds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--rounds is %d; expected at least 1".formatted(rounds));
    }
    Constitution principles = constitution.read();
    ChatClient client = endpoint.client();
    Reviser reviser =
        new Reviser(client, principles, rounds, endpoint.sampling(OptionalLong.empty(), 0), seed);
    Tally tally = new Tally();
    try (DatasetReader<PromptRow> rows = Dataset.of(prompts).prompts(ReadOptions.strict());
        DatasetWriter demonstrations = DatasetWriter.create(output);
        LinesFile lines =
            new LinesFile(trail.orElseGet(() -> LinesFile.beside(output, ".trail.jsonl")));
        Progress progress = Progress.ofThings(terminal, "revising", "prompts", 0)) {
      InOrder.run(
          Numbered.of(rows),
          endpoint.concurrency(),
          one ->
              reviser.revise(
                  one.number(),
                  Pair.messages(one.thing().example().prompt()),
                  Optional.ofNullable(one.thing().example().metadata().get(RESPONSE))),
          (one, revision) -> {
            tally.add(one.thing(), revision);
            lines.write(line(one.thing(), revision, principles));
            if (revision.whole()) {
              for (String answer : kept(revision)) {
                demonstrations.write(demonstration(one.thing().example(), answer, principles));
              }
            }
            progress.add(1);
          });
      demonstrations.finish();
      lines.finish();
      tally.written = demonstrations.rows();
    } catch (DatasetException e) {
      throw new Failure(e.getMessage(), "docs/data.md shows what is read.", e);
    }
    tally.lines(client).forEach(terminal.err()::println);
    return tally.revised == 0 && tally.failed > 0 ? ExitCode.FAILED : ExitCode.OK;
  }

  private List<String> kept(Revision revision) {
    return keep == Keep.last
        ? List.of(revision.last())
        : revision.rounds().stream().map(Revision.Round::revised).toList();
  }

  private Demonstration demonstration(PromptRow prompt, String answer, Constitution principles) {
    List<ChatTurn> conversation = new ArrayList<>(prompt.prompt());
    conversation.add(ChatTurn.assistant(answer));
    return new Demonstration(conversation, endpoint.model() + "/" + principles.name());
  }

  private ObjectNode line(Row<PromptRow> row, Revision revision, Constitution principles) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("row", row.place().toString());
    line.put("model", endpoint.model());
    line.put("constitution", principles.name());
    line.put("seed", seed);
    ArrayNode prompt = line.putArray("prompt");
    for (ChatTurn turn : row.example().prompt()) {
      prompt.addObject().put("role", turn.role()).put("content", turn.content());
    }
    line.put("original", revision.original());
    ArrayNode steps = line.putArray("rounds");
    for (Revision.Round round : revision.rounds()) {
      Principle principle = principles.principles().get(round.principle());
      steps
          .addObject()
          .put("principle", round.principle() + 1)
          .put("critique_request", principle.critique())
          .put("critique", round.critique())
          .put("revision_request", principle.revision())
          .put("revision", round.revised());
    }
    if (!revision.whole()) {
      line.put("error", revision.error());
    }
    return line;
  }

  /** Counts. */
  private static final class Tally {

    private long revised;
    private long failed;
    private long unchanged;
    private long written;
    private String firstError = "";

    void add(Row<PromptRow> row, Revision revision) {
      if (!revision.whole()) {
        failed++;
        firstError = firstError.isEmpty() ? row.place() + ": " + revision.error() : firstError;
        return;
      }
      revised++;
      unchanged += revision.last().equals(revision.original()) ? 1 : 0;
    }

    List<String> lines(ChatClient client) {
      Table table = new Table();
      table.row("prompts revised", exact(revised));
      table.row(
          "  to the same text",
          exact(unchanged) + (revised == 0 ? "" : " " + percent((double) unchanged / revised)));
      table.row("  failed", exact(failed));
      table.row("demonstrations written", exact(written));
      SpendingText.add(table, client.spending());
      List<String> lines = new ArrayList<>(table.lines());
      if (!firstError.isEmpty()) {
        lines.add("the first that failed: " + firstError);
      }
      return lines;
    }
  }
}
