package dev.parley.cli.judging;

import static dev.parley.cli.terminal.Quantity.exact;
import static dev.parley.cli.terminal.Quantity.percent;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.ChatTurn;
import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceAgreement;
import dev.parley.data.PreferenceSource;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.DatasetWriter;
import dev.parley.data.file.ReadOptions;
import dev.parley.judge.chat.ChatClient;
import dev.parley.judge.verdict.Judge;
import dev.parley.judge.verdict.JudgePrompt;
import dev.parley.judge.verdict.PairRuling;
import dev.parley.judge.verdict.PairRuling.Outcome;
import dev.parley.judge.verdict.Ruling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Judges pairs of answers. */
@Command(
    name = "judge",
    header = "Let a model judge pairs of answers: AI feedback as preferences.",
    description = {
      "Each pair is judged in both orders; where the orders disagree, it is a tie and counted as"
          + " inconsistent. An answer without a verdict is asked for again, and then the pair has"
          + " failed: it is in the judgements, and not in the preferences.",
      "",
      "Answers are kept on disk by the content of the question, so an interrupted run goes on where"
          + " it was and a second run costs nothing. docs/judging.md shows files and prompts."
    },
    footer = {
      "Examples:",
      "  parley judge --judge http://localhost:8091 --model my-policy \\",
      "      --input pairs.jsonl --output preferences.jsonl",
      "  parley judge --judge https://api.example.com/v1 --model NAME \\",
      "      --graded --input pairs.jsonl --output preferences.jsonl"
    })
public final class JudgeCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Mixin private EndpointOptions endpoint;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE",
      description =
          "Pairs: preferences in any shape of docs/data.md, or prompts with answer_a and answer_b.")
  private String input;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "Where the preferences go, as JSON lines; .gz is compressed.")
  private Path output;

  @Option(
      names = "--judgements",
      paramLabel = "FILE",
      description =
          "Where every judgement goes, with what the judge said. Default: the output's name with"
              + " .judgements.jsonl.")
  private Optional<Path> judgements = Optional.empty();

  @Option(
      names = "--graded",
      description =
          "Have each answer graded from 1 to 10 by itself; the better grade is chosen, the"
              + " difference is the margin.")
  private boolean graded;

  @Option(
      names = "--prompt-file",
      paramLabel = "FILE[#NAME]",
      description = "The judge's prompt, in place of Parley's own.")
  private Optional<String> promptFile = Optional.empty();

  @Option(
      names = "--inconsistent",
      paramLabel = "tie|drop",
      defaultValue = "tie",
      description =
          "What becomes of pairs whose orders disagree: ${COMPLETION-CANDIDATES}. Default:"
              + " ${DEFAULT-VALUE}.")
  private Inconsistent inconsistent;

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description = "Also send each preference as an event to this broker's topic preferences.")
  private Optional<String> kafka = Optional.empty();

  @Option(names = "--skip-bad", description = "Count bad rows of --input and go on.")
  private boolean skipBad;

  /** What becomes of a pair whose orders disagree. */
  enum Inconsistent {
    tie,
    drop
  }

  /** The command, printing to a terminal. */
  public JudgeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** What was found out about one pair. */
  private record Finding(
      Outcome outcome, OptionalDouble margin, Ruling one, Ruling other, boolean toA, boolean toB) {

    static Finding of(PairRuling ruling) {
      return new Finding(
          ruling.outcome(),
          OptionalDouble.empty(),
          ruling.inOrder(),
          ruling.swapped(),
          ruling.favoursA(),
          ruling.favoursB());
    }

    static Finding ofGrades(Ruling first, Ruling second) {
      if (!first.ok() || !second.ok()) {
        return new Finding(Outcome.FAILED, OptionalDouble.empty(), first, second, false, false);
      }
      double difference =
          Double.parseDouble(first.verdict().get()) - Double.parseDouble(second.verdict().get());
      return new Finding(
          difference > 0 ? Outcome.FIRST : difference < 0 ? Outcome.SECOND : Outcome.TIE,
          difference == 0 ? OptionalDouble.empty() : OptionalDouble.of(Math.abs(difference)),
          first,
          second,
          false,
          false);
    }

    String error() {
      return one.ok() ? other.error() : one.error();
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    ChatClient client = endpoint.client();
    Judge judge = judge(client);
    Tally tally = new Tally();
    Path log = judgements.orElseGet(() -> LinesFile.beside(output, ".judgements.jsonl"));
    try (DatasetReader<Example> rows =
            Dataset.of(input).examples(new ReadOptions(skipBad, Optional.empty()));
        DatasetWriter preferences = DatasetWriter.create(output);
        LinesFile lines = new LinesFile(log);
        PreferenceEvents events = kafka.map(PreferenceEvents::new).orElse(null);
        Progress progress = Progress.ofThings(terminal, "judging", "pairs", 0)) {
      InOrder.run(
          Pair.each(rows),
          endpoint.concurrency(),
          pair -> judge(judge, pair),
          (pair, finding) -> {
            tally.add(pair, finding);
            lines.write(line(pair, finding, judge));
            Optional<Preference> preference = preference(pair, finding, judge);
            if (preference.isPresent()) {
              preferences.write(preference.get());
              if (events != null) {
                events.send(preference.get(), finding.one().text());
              }
            }
            progress.add(1);
          });
      if (rows.skipped().total() > 0) {
        progress.note("%,d bad rows were left out".formatted(rows.skipped().total()));
      }
      if (events != null) {
        events.finish();
      }
      preferences.finish();
      lines.finish();
      tally.written = preferences.rows();
    } catch (DatasetException e) {
      throw new Failure(
          e.getMessage(),
          e.badRows().isEmpty() ? "" : "Mend the rows, or leave them out with --skip-bad.",
          e);
    }
    tally.lines(client).forEach(terminal.err()::println);
    return tally.judged() == 0 && tally.pairs > 0 ? ExitCode.FAILED : ExitCode.OK;
  }

  private Judge judge(ChatClient client) {
    try {
      JudgePrompt plain =
          promptFile
              .map(JudgePrompt::read)
              .orElseGet(() -> graded ? JudgePrompt.grade(false) : JudgePrompt.pair(false));
      JudgePrompt withReference =
          promptFile.isPresent()
              ? plain
              : graded ? JudgePrompt.grade(true) : JudgePrompt.pair(true);
      JudgePrompt.Kind wanted = graded ? JudgePrompt.Kind.GRADE : JudgePrompt.Kind.PAIR;
      if (plain.kind() != wanted) {
        throw new IllegalArgumentException(
            graded
                ? "--prompt-file compares two answers, and --graded has them graded one by one"
                : "--prompt-file grades one answer; add --graded");
      }
      return new Judge(client, plain, withReference, endpoint.sampling(OptionalLong.empty(), 0), 3);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private Finding judge(Judge judge, Pair pair) throws InterruptedException {
    try {
      if (!graded) {
        return Finding.of(
            judge.compare(
                pair.exchange(), Pair.messages(pair.first()), Pair.messages(pair.second())));
      }
      return Finding.ofGrades(
          judge.grade(pair.exchange(), Pair.messages(pair.first())),
          judge.grade(pair.exchange(), Pair.messages(pair.second())));
    } catch (IllegalArgumentException e) {
      throw new Failure(pair.place() + ": " + e.getMessage(), "", e);
    }
  }

  private String annotator(Judge judge) {
    return endpoint.model() + "/" + judge.plain().name();
  }

  private Optional<Preference> preference(Pair pair, Finding finding, Judge judge) {
    boolean swapped = finding.outcome() == Outcome.SECOND;
    boolean tie = finding.outcome() == Outcome.TIE || finding.outcome() == Outcome.INCONSISTENT;
    boolean left =
        finding.outcome() == Outcome.FAILED
            || finding.outcome() == Outcome.INCONSISTENT && inconsistent == Inconsistent.drop;
    if (left) {
      return Optional.empty();
    }
    List<ChatTurn> chosen = swapped ? pair.second() : pair.first();
    List<ChatTurn> rejected = swapped ? pair.first() : pair.second();
    return Optional.of(
        new Preference(
            pair.prompt(),
            chosen,
            rejected,
            finding.margin(),
            // Equal texts are a tie whatever a judge sees in them.
            tie || chosen.equals(rejected),
            PreferenceSource.MODEL,
            annotator(judge)));
  }

  private ObjectNode line(Pair pair, Finding finding, Judge judge) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("row", pair.place());
    line.put("judge", annotator(judge));
    line.put("outcome", finding.outcome().name().toLowerCase(Locale.ROOT));
    finding.margin().ifPresent(margin -> line.put("margin", margin));
    put(line.putObject(graded ? "first" : "in_order"), finding.one());
    put(line.putObject(graded ? "second" : "swapped"), finding.other());
    return line;
  }

  private static void put(ObjectNode node, Ruling ruling) {
    ruling.verdict().ifPresent(verdict -> node.put("verdict", verdict));
    node.put("text", ruling.text());
    if (!ruling.ok()) {
      node.put("error", ruling.error());
    }
  }

  /** Counts. */
  private static final class Tally {

    private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
    private long pairs;
    private long written;
    private long toA;
    private long toB;
    private String firstError = "";
    private PreferenceAgreement agreement = PreferenceAgreement.NONE;

    void add(Pair pair, Finding finding) {
      pairs++;
      outcomes.merge(finding.outcome(), 1L, Long::sum);
      toA += finding.toA() ? 1 : 0;
      toB += finding.toB() ? 1 : 0;
      if (finding.outcome() == Outcome.FAILED) {
        firstError = firstError.isEmpty() ? pair.place() + ": " + finding.error() : firstError;
      } else if (pair.label().filter(label -> label == Pair.Label.FIRST).isPresent()) {
        // A tie of the judge's agrees by half.
        agreement =
            agreement.and(
                finding.outcome() == Outcome.FIRST ? 1 : 0,
                finding.outcome() == Outcome.SECOND ? 1 : 0);
      }
    }

    long count(Outcome outcome) {
      return outcomes.getOrDefault(outcome, 0L);
    }

    long judged() {
      return pairs - count(Outcome.FAILED);
    }

    List<String> lines(ChatClient client) {
      Table table = new Table();
      table.row("pairs", exact(pairs), "");
      table.row("  first answer better", exact(count(Outcome.FIRST)), share(Outcome.FIRST));
      table.row("  second answer better", exact(count(Outcome.SECOND)), share(Outcome.SECOND));
      table.row("  ties", exact(count(Outcome.TIE)), share(Outcome.TIE));
      table.row("  inconsistent", exact(count(Outcome.INCONSISTENT)), share(Outcome.INCONSISTENT));
      if (toA + toB > 0) {
        table.row("    always the one shown first", exact(toA), "");
        table.row("    always the one shown last", exact(toB), "");
      }
      table.row("  failed", exact(count(Outcome.FAILED)), share(Outcome.FAILED));
      table.row("preferences written", exact(written), "");
      if (agreement.pairs() > 0) {
        double[] interval = agreement.interval();
        table.row(
            "agrees with the rows' own labels",
            percent(agreement.share()),
            "95%%: %s to %s".formatted(percent(interval[0]), percent(interval[1])));
      }
      SpendingText.add(table, client.spending());
      List<String> lines = new ArrayList<>(table.lines());
      if (!firstError.isEmpty()) {
        lines.add("the first that failed: " + firstError);
      }
      return lines;
    }

    private String share(Outcome outcome) {
      return pairs == 0 ? "" : percent((double) count(outcome) / pairs);
    }
  }
}
