package dev.parley.cli.scoring;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.process.Supervisor;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Terminal;
import dev.parley.cli.up.RewardArgument;
import dev.parley.cli.up.RewardProcess;
import dev.parley.data.Example;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.ReadOptions;
import dev.parley.proto.reward.v1.ScoreResult;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Scores answers. */
@Command(
    name = "score",
    header =
        "Score answers: by a reward model, rules, right results or tests, or a running service.",
    description = {
      "Each answer becomes one JSON line with its status and score. An answer that cannot be scored"
          + " has a status and an error, never a zero. A summary goes to standard error.",
      "",
      "--scorer NAME scores in this very process, with nothing started. NAME is a type of scorer"
          + " (math, code, exact, regex, json-schema, length, keyword, format …;"
          + " docs/reward-service.md), whose settings --set gives; or a reward model's directory or"
          + " hub id; or rules:FILE. --input holds rows {id, prompt, response, reference}: prompt"
          + " is text or turns, reference is what verifiers compare with, other fields are"
          + " metadata. Each row becomes {id, status, score, components, extracted}, in the same"
          + " order; status is ok, failed (score null, error says why) or, with --skip-bad,"
          + " invalid.",
      "",
      "Without --scorer, --input takes what parley generate writes, demonstrations, and preference"
          + " pairs, both answers of which are scored: the summary then says how often the model"
          + " prefers the chosen one. A MODEL or rules are served by a reward service that is"
          + " started for the command.",
      "",
      "Exit code: 0 if at least one answer has a score, 1 if none has, or a row cannot be read"
          + " (file, line and field are named, and --output is not written), 2 for a wrong command"
          + " line."
    },
    footer = {
      "Examples:",
      "  parley score --scorer math --input answers.jsonl --output scores.jsonl",
      "  parley score --scorer math --prompt '6 * 7?' --response 42 --reference 42",
      "  parley score --scorer math --set require=box --input answers.jsonl",
      "  parley score --scorer runs/rm-1/model --input answers.jsonl | jq .score",
      "  parley score runs/rm-1/model --prompt 'Tea?' --response 'Yes, please.'",
      "  parley score runs/rm-1/model --input pairs.jsonl --output scores.jsonl",
      "  parley score rules:rules.yaml --input answers.jsonl",
      "  parley score --target localhost:8092 --input answers.jsonl | jq .score"
    })
public final class ScoreCommand implements Callable<Integer> {

  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private Scorer scorer;

  @ArgGroup(multiplicity = "1")
  private Answers answers;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Where JSON lines go. Default: standard output.")
  private Optional<Path> output = Optional.empty();

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Answers that are scored together. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "cpu",
      description = "For a MODEL: cpu, cuda or cuda:N. Default: ${DEFAULT-VALUE}.")
  private String device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "For a MODEL: threads for tensors. Default: the number of cores.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--skip-bad", description = "Count bad rows of --input and go on.")
  private boolean skipBad;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "With --scorer: one of the scorer's settings; may be repeated.")
  private Map<String, String> settings = new LinkedHashMap<>();

  /** What scores. */
  static final class Scorer {

    @Option(
        names = "--scorer",
        paramLabel = "NAME",
        description =
            "What scores in this process: a type of scorer, a reward model, or rules:FILE.")
    private String local;

    @Parameters(
        paramLabel = "MODEL|rules:FILE",
        description =
            "A reward model's directory or hub id, or a file of rules (docs/reward-service.md).")
    private String reward;

    @Option(
        names = "--target",
        paramLabel = "HOST:PORT",
        description = "A reward service that runs already.")
    private String target;
  }

  /** What is scored. */
  static final class Answers {

    @Option(
        names = "--input",
        paramLabel = "FILE",
        description = "A file with answers, in any shape that docs/data.md knows.")
    private String file;

    @ArgGroup(exclusive = false)
    private Typed typed;
  }

  /** Answers on the command line. */
  static final class Typed {

    @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "A question.")
    private String prompt;

    @Option(
        names = "--response",
        required = true,
        paramLabel = "TEXT",
        description = "An answer to it; may be repeated.")
    private List<String> responses;

    @Option(
        names = "--reference",
        paramLabel = "TEXT",
        description = "With --scorer: what the answers are compared with.")
    private String reference = "";
  }

  /** The command, printing to a terminal. */
  public ScoreCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    requirePositive("--batch", batch);
    requirePositive("--threads", threads);
    if (scorer.local != null) {
      return scoreHere();
    }
    if (!settings.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--set belongs to --scorer; a service's scorer has settings already");
    }
    if (answers.typed != null && !answers.typed.reference.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--reference belongs to --scorer");
    }
    if (scorer.target != null) {
      return score(requireTarget(scorer.target));
    }
    Map<String, String> properties =
        RewardArgument.properties(scorer.reward, device, ModelArgument.ofProcess(terminal));
    Path logs = Files.createTempDirectory("parley-score");
    RewardProcess reward = RewardProcess.plan(properties, threads, logs, PATIENCE);
    int code;
    try (Supervisor supervisor = new Supervisor(terminal, GRACE)) {
      supervisor.awaitReady(List.of(supervisor.start(reward.plan())));
      code = score(reward.target());
    }
    // Kept where something failed, since the message names it.
    Files.deleteIfExists(reward.plan().log());
    Files.deleteIfExists(logs);
    return code;
  }

  private int scoreHere() throws IOException {
    ModelArgument models = ModelArgument.ofProcess(terminal);
    try (dev.parley.reward.scoring.Scorer made =
        LocalScorer.make(scorer.local, settings, device, threads, models)) {
      LocalScoring scoring = new LocalScoring(terminal, made, batch);
      return answers.file == null
          ? scoring.score(answers.typed.prompt, answers.typed.responses, answers.typed.reference)
          : scoring.score(Path.of(answers.file), output, skipBad);
    }
  }

  private String requireTarget(String written) {
    if (!written.matches("[^\\s:/]+:[0-9]{1,5}")) {
      throw new ParameterException(
          spec.commandLine(),
          "--target is \"%s\"; expected HOST:PORT, as in localhost:8092".formatted(written));
    }
    return written;
  }

  private void requirePositive(String option, int value) {
    if (value < 1) {
      throw new ParameterException(
          spec.commandLine(), "%s is %d; expected at least 1".formatted(option, value));
    }
  }

  private int score(String target) throws IOException {
    if (output.isEmpty()) {
      return score(target, terminal.out());
    }
    Path file = output.get();
    try (PrintStream lines =
        new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8)) {
      int code = score(target, lines);
      if (lines.checkError()) {
        throw new Failure(file + " cannot be written to its end", "Is the disk full?");
      }
      return code;
    } catch (NoSuchFileException e) {
      throw new Failure("%s cannot be made: there is no such directory".formatted(file), "", e);
    }
  }

  private int score(String target, PrintStream lines) {
    ScoreSummary summary = new ScoreSummary();
    try (RewardClient client = new RewardClient(target)) {
      Batch filling = new Batch(client, lines, summary);
      if (answers.file == null) {
        answers.typed.responses.forEach(
            response -> filling.add(Answer.of(answers.typed.prompt, response)));
        filling.score();
      } else {
        scoreFile(filling);
      }
    }
    summary.lines().forEach(terminal.err()::println);
    return summary.nothingScored() ? ExitCode.FAILED : ExitCode.OK;
  }

  private void scoreFile(Batch filling) {
    try (DatasetReader<Example> rows =
            Dataset.of(answers.file).examples(new ReadOptions(skipBad, Optional.empty()));
        Progress progress = Progress.ofThings(terminal, "scoring", "answers", 0)) {
      while (rows.hasNext()) {
        Answer.of(rows.next()).forEach(filling::add);
        if (filling.size() >= batch) {
          progress.add(filling.score());
        }
      }
      progress.add(filling.score());
      if (rows.skipped().total() > 0) {
        progress.note("%,d bad rows were left out".formatted(rows.skipped().total()));
      }
    } catch (DatasetException e) {
      throw new Failure(
          e.getMessage(),
          e.badRows().isEmpty() ? "" : "Mend the rows, or leave them out with --skip-bad.",
          e);
    }
  }

  /** Answers that wait for the next request. */
  private static final class Batch {

    private final RewardClient client;
    private final PrintStream lines;
    private final ScoreSummary summary;
    private final List<Answer> waiting = new ArrayList<>();

    Batch(RewardClient client, PrintStream lines, ScoreSummary summary) {
      this.client = client;
      this.lines = lines;
      this.summary = summary;
    }

    void add(Answer answer) {
      waiting.add(answer);
    }

    int size() {
      return waiting.size();
    }

    /** Scores what waits, writes it down, and returns how many there were. */
    int score() {
      int count = waiting.size();
      if (count > 0) {
        List<ScoreResult> results = client.score(waiting);
        for (int i = 0; i < count; i++) {
          summary.add(waiting.get(i), results.get(i).getScore());
          lines.println(ScoreLine.of(waiting.get(i), results.get(i)));
        }
        waiting.clear();
      }
      return count;
    }
  }
}
