package dev.parley.cli.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.answers.LocalModel;
import dev.parley.cli.process.Supervisor;
import dev.parley.cli.report.ReportPage;
import dev.parley.cli.report.RewardModelFigures;
import dev.parley.cli.report.RunFigures;
import dev.parley.cli.terminal.Browser;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Terminal;
import dev.parley.cli.train.TrainerProcess;
import dev.parley.cli.up.Fleet;
import dev.parley.cli.up.RewardArgument;
import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.PromptRow;
import dev.parley.data.file.DatasetWriter;
import dev.parley.model.ModelDirectory;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The whole of RLHF on this machine, from nothing. */
@Command(
    name = "quickstart",
    header = "Run the whole loop on this machine in a few minutes, from nothing.",
    description = {
      "Makes a small world of household questions; fine-tunes a small model from scratch on answers"
          + " of mixed quality; has simulated people compare its answers; trains a reward model on"
          + " their choices; and optimises the policy with PPO, with broker, policy, reward and"
          + " reference service as processes of their own.",
      "",
      "Since the world is made, the true quality of every answer is known: the gold score shows"
          + " whether the policy got better, or only better at pleasing the reward model."
    },
    footer = {
      "Examples:",
      "  parley quickstart",
      "  parley quickstart --run second --seed 2 --no-browser",
      "",
      "Afterwards: parley chat --run quickstart"
    })
public final class QuickstartCommand implements Callable<Integer> {

  private static final Duration GRACE = Duration.ofSeconds(60);
  private static final int HELD_OUT_QUESTIONS = 96;

  private final Terminal terminal;

  @Option(
      names = "--run",
      paramLabel = "ID",
      description =
          "The run's name; its directory is runs/ID. Default: quickstart, quickstart-2, …")
  private Optional<String> run = Optional.empty();

  @Option(names = "--seed", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--updates",
      paramLabel = "N",
      defaultValue = "40",
      description = "PPO updates. Default: ${DEFAULT-VALUE}.")
  private int updates;

  @Option(names = "--no-browser", description = "Do not open the report; just end.")
  private boolean noBrowser;

  private QuickstartCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** The command with the one below it, printing to a terminal. */
  public static CommandLine of(Terminal terminal) {
    return new CommandLine(new QuickstartCommand(terminal))
        .addSubcommand(new MeasureCommand(terminal));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    final long began = System.nanoTime();
    String id = run.orElseGet(QuickstartCommand::freeId);
    Path directory = Path.of("runs", id).toAbsolutePath();
    if (Files.exists(directory)) {
      throw new Failure(
          directory + " exists already", "Name another run with --run, or delete the directory.");
    }
    Files.createDirectories(directory);
    Random random = new Random(seed);
    Steps steps = new Steps(terminal, 6);
    try (Supervisor supervisor = new Supervisor(terminal, GRACE)) {
      List<String> questions = HouseholdTask.questions();
      Collections.shuffle(questions, random);
      List<String> heldOut = List.copyOf(questions.subList(0, HELD_OUT_QUESTIONS));
      List<String> asked = List.copyOf(questions.subList(HELD_OUT_QUESTIONS, questions.size()));

      makeData(steps, directory, asked, heldOut, random);
      Path policy = fineTune(steps, supervisor, directory, id);
      Evaluation before;
      try (LocalModel model = LocalModel.open(policy, EngineOptions.CPU)) {
        before = Evaluation.of(model, model, heldOut);
        compare(steps, model, directory, asked, random);
      }
      RewardModelFigures held = trainReward(steps, supervisor, directory, id, policy);
      Path reward = directory.resolve("reward-model/model");
      List<GoldWatch.Point> gold = optimise(steps, supervisor, directory, id, policy, reward);
      Evaluation after = evaluate(steps, directory, policy, heldOut, before);

      RunFigures figures = RunFigures.read(directory);
      Summary summary =
          new Summary(
              before.meanGold(),
              after.meanGold(),
              HouseholdTask.GOLD_RANGE,
              held.agreement(),
              after.klPerAnswer(),
              figures.values("rollout/logprob_gap_median").stream()
                  .mapToDouble(Double::doubleValue)
                  .max()
                  .orElseThrow(),
              figures.rows().size(),
              (System.nanoTime() - began) / 1e9);
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValue(directory.resolve("summary.json").toFile(), summary);
      Path report =
          ReportPage.write(
              directory,
              QuickstartReport.of(id, summary, steps.stages(), figures, gold, before, after));
      announce(id, summary, report);
    }
    return ExitCode.OK;
  }

  private static String freeId() {
    String id = "quickstart";
    for (int i = 2; Files.exists(Path.of("runs", id)); i++) {
      id = "quickstart-" + i;
    }
    return id;
  }

  /** 1: questions with answers of mixed quality, and a model that knows nothing. */
  private static void makeData(
      Steps steps, Path directory, List<String> asked, List<String> heldOut, Random random)
      throws IOException {
    steps.begin("Make a small world: household questions with answers of mixed quality");
    Path base = Files.createDirectories(directory.resolve("base"));
    Files.createDirectories(directory.resolve("data"));
    int vocabulary = WordTokenizer.write(base, HouseholdTask.words());
    Files.writeString(base.resolve("config.json"), QuickstartSettings.modelConfig(vocabulary));
    double gold = 0;
    try (DatasetWriter demonstrations =
        DatasetWriter.create(directory.resolve("data/demonstrations.jsonl"))) {
      for (int i = 0; i < QuickstartSettings.DEMONSTRATIONS; i++) {
        String question = asked.get(random.nextInt(asked.size()));
        String answer = HouseholdTask.answer(question, random);
        gold += HouseholdTask.gold(question, answer);
        demonstrations.write(
            new Demonstration(
                List.of(ChatTurn.user(question), ChatTurn.assistant(answer)), "household"));
      }
      demonstrations.finish();
    }
    writePrompts(directory.resolve("data/prompts.jsonl"), asked);
    writePrompts(directory.resolve("data/held-out.jsonl"), heldOut);
    steps.end(
        "%,d demonstrations, %d words, mean gold score %.2f of 1"
            .formatted(
                QuickstartSettings.DEMONSTRATIONS,
                vocabulary,
                gold / QuickstartSettings.DEMONSTRATIONS));
  }

  private static void writePrompts(Path file, List<String> questions) throws IOException {
    try (DatasetWriter prompts = DatasetWriter.create(file)) {
      for (String question : questions) {
        prompts.write(PromptRow.of(ChatTurn.user(question)));
      }
      prompts.finish();
    }
  }

  /** 2: supervised fine-tuning from scratch. */
  private Path fineTune(Steps steps, Supervisor supervisor, Path directory, String id)
      throws InterruptedException {
    steps.begin("Fine-tune a small Llama from scratch (sft)");
    Path run = directory.resolve("sft");
    train("sft", QuickstartSettings.sft(directory, run, id, seed), supervisor, run);
    RunFigures figures = RunFigures.read(run);
    steps.end(
        "held-out loss %.3f nats per token".formatted(figures.last("eval_loss").orElseThrow()));
    return run.resolve("model");
  }

  /** 3: pairs of the model's own answers, compared by simulated people. */
  private void compare(
      Steps steps, LocalModel model, Path directory, List<String> asked, Random random)
      throws IOException {
    steps.begin("Have simulated people compare pairs of its answers");
    Preferences labelled;
    try (Progress progress =
        Progress.ofThings(terminal, "comparing", "pairs", QuickstartSettings.PAIRS)) {
      labelled =
          Preferences.collect(
              model,
              asked,
              QuickstartSettings.PAIRS,
              random,
              directory.resolve("data/preferences.jsonl"),
              progress);
    }
    steps.end(
        "%,d pairs; the labels agree with the gold score in %.0f%%"
            .formatted(labelled.pairs(), 100 * labelled.agreement()));
  }

  /** 4: the reward model. */
  private RewardModelFigures trainReward(
      Steps steps, Supervisor supervisor, Path directory, String id, Path policy)
      throws InterruptedException {
    steps.begin("Train a reward model on their choices (reward-model)");
    Path run = directory.resolve("reward-model");
    train(
        "reward-model",
        QuickstartSettings.rewardModel(directory, run, id, seed, policy),
        supervisor,
        run);
    RewardModelFigures figures = RewardModelFigures.read(run.resolve("model")).orElseThrow();
    steps.end(
        "held-out agreement with the labels %.1f%% (95%%: %.1f to %.1f), of at most about %.0f%%"
            .formatted(
                100 * figures.agreement(),
                100 * figures.lower(),
                100 * figures.upper(),
                100 * Preferences.AGREEMENT));
    return figures;
  }

  /** 5: PPO over the services. */
  private List<GoldWatch.Point> optimise(
      Steps steps, Supervisor supervisor, Path directory, String id, Path policy, Path reward)
      throws InterruptedException {
    steps.begin("Optimise the policy with PPO, through broker and services");
    Fleet fleet =
        Fleet.plan(
            new Fleet.Wish(
                ModelDirectory.of(policy),
                Optional.of(ModelDirectory.of(policy)),
                Optional.of(RewardArgument.ofModel(ModelDirectory.of(reward))),
                Optional.of(id),
                Optional.empty(),
                Map.of(),
                1,
                Runtime.getRuntime().availableProcessors(),
                Precision.FLOAT32,
                Duration.ofMinutes(3),
                // Half of an update: while the policy answers one half, the other is scored.
                Fleet.answeringTogether(QuickstartSettings.PROMPTS_PER_UPDATE / 2)),
            directory);
    fleet.start(supervisor);
    fleet
        .services()
        .forEach(
            service ->
                terminal
                    .out()
                    .println(
                        terminal.faint(
                            "     %s service at %s".formatted(service.name(), service.target()))));
    train(
        "ppo",
        QuickstartSettings.ppo(directory, id, seed, policy, reward, fleet.bootstrap(), updates),
        supervisor,
        directory);
    List<GoldWatch.Point> gold = GoldWatch.read(fleet.bootstrap(), id);
    GoldWatch.Point first = gold.get(0);
    GoldWatch.Point last = gold.get(gold.size() - 1);
    steps.end(
        "reward model score %.2f → %.2f, gold score of rollouts %.2f → %.2f"
            .formatted(first.score(), last.score(), first.gold(), last.gold()));
    return gold;
  }

  /** Runs a recipe, and stores where its model comes from. */
  private void train(String recipe, Map<String, Object> settings, Supervisor supervisor, Path run)
      throws InterruptedException {
    TrainerProcess.of(recipe, settings, 0).run(supervisor, terminal, run);
    Origins.remember(recipe, settings, run);
  }

  /** 6: the same questions, before and after. */
  private static Evaluation evaluate(
      Steps steps, Path directory, Path policy, List<String> heldOut, Evaluation before) {
    steps.begin("Ask both models questions that neither has seen");
    Evaluation after;
    try (LocalModel trained = LocalModel.open(directory.resolve("model"), EngineOptions.CPU);
        LocalModel reference = LocalModel.open(policy, EngineOptions.CPU)) {
      after = Evaluation.of(trained, reference, heldOut);
    }
    steps.end(
        "gold score %.2f → %.2f; KL %.1f nats per answer"
            .formatted(before.meanGold(), after.meanGold(), after.klPerAnswer()));
    return after;
  }

  private void announce(String id, Summary summary, Path report) {
    terminal
        .out()
        .printf(
            """

            gold score           %.2f → %.2f  (of 0 to 1, held-out questions)
            reward model         %.1f%% of held-out choices foreseen
            KL to the reference  %.1f nats per answer
            log-prob gap         %.1e nats, median per token
            time                 %.0f s

            report  %s
            talk    ./parley chat --run %s
            """,
            summary.goldBefore(),
            summary.goldAfter(),
            100 * summary.rewardModelAgreement(),
            summary.klNatsPerAnswer(),
            summary.logprobGapMedian(),
            summary.seconds(),
            report,
            id);
    terminal.flush();
    if (!noBrowser) {
      Browser.open(report.toUri());
    }
  }
}
