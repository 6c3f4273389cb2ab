package dev.parley.cli.judging;

import static dev.parley.cli.terminal.Quantity.exact;
import static dev.parley.cli.terminal.Quantity.percent;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.ChatTurn;
import dev.parley.judge.chat.ChatClient;
import dev.parley.judge.rating.Duel;
import dev.parley.judge.rating.WinRate;
import dev.parley.judge.verdict.Judge;
import dev.parley.judge.verdict.JudgePrompt;
import dev.parley.judge.verdict.PairRuling;
import dev.parley.judge.verdict.PairRuling.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Says how often one model's answers beat another's. */
@Command(
    name = "evaluate",
    header = "Compare two models' answers: win rate by a judge, with its interval.",
    description = {
      "Answers to the same prompts are judged in both orders. A win in both orders counts 1, a tie"
          + " or a disagreement of the orders a half. The interval is a bootstrap over prompts; the"
          + " length-controlled rate is what it would be if answers were of equal length."
    },
    footer = {
      "Examples:",
      "  parley generate runs/my-ppo/model --input prompts.jsonl --output new.jsonl",
      "  parley generate runs/my-sft/model --input prompts.jsonl --output old.jsonl",
      "  parley evaluate --judge http://localhost:8091 --model NAME \\",
      "      --answers new.jsonl --baseline old.jsonl --output battles.jsonl"
    })
public final class EvaluateCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Mixin private EndpointOptions endpoint;

  @Option(
      names = "--answers",
      required = true,
      paramLabel = "FILE",
      description = "The answers in question, as parley generate writes them.")
  private Path answers;

  @Option(
      names = "--baseline",
      required = true,
      paramLabel = "FILE",
      description = "The answers that they are compared with.")
  private Path baseline;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Where the battles go, as JSON lines that parley arena reads.")
  private Optional<Path> output = Optional.empty();

  @Option(
      names = "--prompt-file",
      paramLabel = "FILE[#NAME]",
      description = "The judge's prompt, in place of Parley's own.")
  private Optional<String> promptFile = Optional.empty();

  @Option(
      names = "--resamples",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Resamples for the interval. Default: ${DEFAULT-VALUE}.")
  private int resamples;

  @Option(names = "--seed", defaultValue = "1", description = "Of the resamples. Default: 1.")
  private long seed;

  /** The command, printing to a terminal. */
  public EvaluateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Two answers to one prompt. */
  private record Match(
      int question, List<ChatTurn> prompt, AnswerFile.Answer one, AnswerFile.Answer other) {

    Pair pair() {
      return new Pair(
          one.place(),
          prompt,
          List.of(ChatTurn.assistant(one.text())),
          List.of(ChatTurn.assistant(other.text())),
          one.reference().or(other::reference),
          Optional.empty());
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (resamples < 1) {
      throw new ParameterException(
          spec.commandLine(), "--resamples is %d; expected at least 1".formatted(resamples));
    }
    ChatClient client = endpoint.client();
    Judge judge = judge(client);
    List<Match> matches = new ArrayList<>();
    long alone = match(matches);
    Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
    List<Duel> duels = new ArrayList<>();
    String[] firstError = {""};
    try (Progress progress = Progress.ofThings(terminal, "judging", "pairs", matches.size());
        LinesFile lines = output.isPresent() ? new LinesFile(output.get()) : null) {
      InOrder.run(
          matches.iterator(),
          endpoint.concurrency(),
          match -> compare(judge, match.pair()),
          (match, ruling) -> {
            outcomes.merge(ruling.outcome(), 1L, Long::sum);
            if (ruling.outcome() == Outcome.FAILED) {
              firstError[0] =
                  firstError[0].isEmpty()
                      ? match.one().place() + ": " + ruling.error()
                      : firstError[0];
            } else {
              duels.add(duel(match, ruling.outcome()));
            }
            if (lines != null) {
              lines.write(battle(match, ruling));
            }
            progress.add(1);
          });
      if (lines != null) {
        lines.finish();
      }
    }
    if (!duels.isEmpty()) {
      report(outcomes, WinRate.of(duels, resamples, seed)).forEach(terminal.out()::println);
    }
    Table table = new Table();
    SpendingText.add(table, client.spending());
    table.lines().forEach(terminal.err()::println);
    if (alone > 0) {
      terminal.err().printf(Locale.ROOT, "%,d answers have no partner in the other file%n", alone);
    }
    if (!firstError[0].isEmpty()) {
      terminal.err().println("the first that failed: " + firstError[0]);
    }
    return duels.isEmpty() ? ExitCode.FAILED : ExitCode.OK;
  }

  private Judge judge(ChatClient client) {
    try {
      JudgePrompt plain = promptFile.map(JudgePrompt::read).orElse(JudgePrompt.pair(false));
      JudgePrompt withReference = promptFile.isPresent() ? plain : JudgePrompt.pair(true);
      if (plain.kind() != JudgePrompt.Kind.PAIR) {
        throw new IllegalArgumentException(
            "--prompt-file grades one answer; expected {answer_a} and {answer_b}");
      }
      return new Judge(client, plain, withReference, endpoint.sampling(OptionalLong.empty(), 0), 3);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /** Pairs the n-th answers to a prompt, and returns how many answers stay alone. */
  private long match(List<Match> matches) {
    Map<List<ChatTurn>, List<AnswerFile.Answer>> ours = AnswerFile.read(answers.toString());
    Map<List<ChatTurn>, List<AnswerFile.Answer>> theirs = AnswerFile.read(baseline.toString());
    int question = 0;
    for (Map.Entry<List<ChatTurn>, List<AnswerFile.Answer>> entry : ours.entrySet()) {
      List<AnswerFile.Answer> others = theirs.getOrDefault(entry.getKey(), List.of());
      question++;
      for (int i = 0; i < Math.min(entry.getValue().size(), others.size()); i++) {
        matches.add(new Match(question, entry.getKey(), entry.getValue().get(i), others.get(i)));
      }
    }
    if (matches.isEmpty()) {
      throw new Failure(
          "%s and %s answer no prompt in common".formatted(answers, baseline),
          "Answer the same file of prompts with both models: parley generate MODEL --input FILE.");
    }
    return count(ours) + count(theirs) - 2L * matches.size();
  }

  private static long count(Map<?, List<AnswerFile.Answer>> answers) {
    return answers.values().stream().mapToLong(List::size).sum();
  }

  private static PairRuling compare(Judge judge, Pair pair) throws InterruptedException {
    try {
      return judge.compare(
          pair.exchange(), Pair.messages(pair.first()), Pair.messages(pair.second()));
    } catch (IllegalArgumentException e) {
      throw new Failure(pair.place() + ": " + e.getMessage(), "", e);
    }
  }

  private static Duel duel(Match match, Outcome outcome) {
    return new Duel(
        Integer.toString(match.question()),
        outcome == Outcome.FIRST ? 1 : outcome == Outcome.SECOND ? 0 : 0.5,
        length(match.one().text()),
        length(match.other().text()));
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private ObjectNode battle(Match match, PairRuling ruling) {
    String winner =
        switch (ruling.outcome()) {
          case FIRST -> "model_a";
          case SECOND -> "model_b";
          case TIE, INCONSISTENT -> "tie";
          case FAILED -> "invalid";
        };
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("question_id", match.question())
        .put("model_a", LinesFile.stem(answers))
        .put("model_b", LinesFile.stem(baseline))
        .put("winner", winner)
        .put("outcome", ruling.outcome().name().toLowerCase(Locale.ROOT))
        .put("judge", endpoint.model())
        .put("in_order", ruling.inOrder().text())
        .put("swapped", ruling.swapped().text());
    if (ruling.outcome() == Outcome.FAILED) {
      line.put("error", ruling.error());
    }
    return line;
  }

  private List<String> report(Map<Outcome, Long> outcomes, WinRate rate) {
    Table table = new Table();
    table.row("%s against %s".formatted(LinesFile.stem(answers), LinesFile.stem(baseline)), "", "");
    table.row("pairs judged", exact(rate.rows()), "");
    count(table, "  won", outcomes, Outcome.FIRST);
    count(table, "  lost", outcomes, Outcome.SECOND);
    count(table, "  ties", outcomes, Outcome.TIE);
    count(table, "  inconsistent, half each", outcomes, Outcome.INCONSISTENT);
    count(table, "failed, left out", outcomes, Outcome.FAILED);
    table.row(
        "win rate",
        percent(rate.rate()),
        "95%%: %s to %s".formatted(percent(rate.low()), percent(rate.high())));
    table.row(
        "  length-controlled",
        Double.isNaN(rate.lengthControlled()) ? "–" : percent(rate.lengthControlled()),
        Double.isNaN(rate.lengthControlled())
            ? "all answers are of equal length"
            : String.format(
                Locale.ROOT, "%+.2f log-odds for much longer answers", rate.lengthWeight()));
    table.row("mean characters", Quantity.measured(rate.meanLength()), "");
    table.row("  of the baseline", Quantity.measured(rate.otherMeanLength()), "");
    return table.lines();
  }

  private static void count(
      Table table, String label, Map<Outcome, Long> outcomes, Outcome outcome) {
    table.row(label, exact(outcomes.getOrDefault(outcome, 0L)), "");
  }
}
