package dev.parley.cli.train;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.config.ConfigurationOptions;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.lineage.Ancestor;
import dev.parley.cli.lineage.ContentDigest;
import dev.parley.cli.lineage.Lineage;
import dev.parley.cli.process.Supervisor;
import dev.parley.cli.report.RunReport;
import dev.parley.cli.report.RunSummary;
import dev.parley.cli.terminal.Terminal;
import dev.parley.cli.up.Fleet;
import dev.parley.cli.up.RewardArgument;
import dev.parley.data.spelling.Spelling;
import dev.parley.events.ExampleTopic;
import dev.parley.events.TopicFile;
import dev.parley.model.ModelDirectory;
import dev.parley.model.torchscript.Precision;
import dev.parley.proto.run.v1.RunFinished;
import dev.parley.proto.run.v1.RunOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Trains a model. */
@Command(
    name = "train",
    header = "Train: a policy or a reward model, by one of the recipes.",
    description = {
      "sft                 learns from demonstrations: conversations worth imitating",
      "reward-model        learns from preferences which of two answers is better",
      "reward-regression   learns from ratings how good an answer is",
      "process-reward      learns from labelled steps which steps of an answer are right",
      "dpo                 learns from preferences without a reward model, against a frozen"
          + " reference",
      "kto                 the same from single answers that were found good or bad",
      "orpo, simpo         learn from preferences without a reference",
      "ppo                 moves a policy towards higher rewards, held near a reference by a KL"
          + " penalty",
      "grpo                the same without a critic: holds several answers to a prompt against"
          + " each other",
      "rloo                likewise, the other answers being the baseline of a whole answer",
      "reinforce++         likewise, with returns whitened over the update",
      "rejection-sampling  imitates the best of its own answers, round by round",
      "online-dpo          DPO on pairs of its own answers, judged by their scores",
      "awr                 learns offline from the rollouts of an earlier run",
      "",
      "Settings come from --config and --set; --settings lists all of a recipe's, with their"
          + " meanings. The run's directory holds config.yaml, metrics.jsonl, events.jsonl,"
          + " checkpoints, logs, report.html and, at the end, model/.",
      "",
      "Recipes that learn from answers to prompts (ppo, grpo, rloo, reinforce++,"
          + " rejection-sampling, online-dpo) need a broker and the policy, reward and reference"
          + " services. With --reward they are started on this machine for the run; with --kafka,"
          + " those that run there are used.",
      "",
      "Ctrl-C stops a run after the update under way, with a checkpoint; --resume goes on from it."
    },
    footer = {
      "Examples:",
      "  parley train sft --model org/base --data demos.jsonl --run sft-1",
      "  parley train reward-model --model runs/sft-1/model --data pairs.jsonl \\",
      "      --run rm-1",
      "  parley train dpo --model runs/sft-1/model --data pairs.jsonl --run dpo-1",
      "  parley train dpo --model runs/sft-1/model --data topic:preferences \\",
      "      --kafka localhost:9092 --set data.source=human",
      "  parley train ppo --model runs/sft-1/model --reward runs/rm-1/model \\",
      "      --data prompts.jsonl --run ppo-1",
      "  parley train ppo --settings           # every setting, default and meaning",
      "  parley train sft --config run.yaml --dry-run \\",
      "      --set optimizer.learning-rate=2e-5"
    })
public final class TrainCommand implements Callable<Integer> {

  /** With more, a step of decoding takes longer in proportion on most machines. */
  private static final int PROMPTS_TOGETHER = 64;

  private static final Duration GRACE = Duration.ofSeconds(150);

  /** What another run's answers are to a run that learns from them. */
  private static final String ROLLOUTS = "rollouts";

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "RECIPE",
      converter = RecipeName.class,
      description =
          "sft, reward-model, reward-regression, process-reward, dpo, kto, orpo, simpo, ppo, grpo,"
              + " rloo, reinforce++, rejection-sampling, online-dpo, awr")
  private Recipe recipe;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The model to start from: a directory or a hub id (model.path).")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--from-scratch",
      description = "Draw the first weights from run.seed (model.start=random).")
  private boolean fromScratch;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      description =
          "Data files; may be repeated (data.files; of recipes that answer prompts,"
              + " prompts.files). With --kafka also topic:preferences or topic:demonstrations: what"
              + " the topic holds.")
  private List<String> data = new ArrayList<>();

  @Option(
      names = "--run",
      paramLabel = "ID",
      description = "The run's name (run.id). Default: the recipe and the time.")
  private Optional<String> run = Optional.empty();

  @Option(names = "--resume", description = "Go on from the run's newest checkpoint.")
  private boolean resume;

  @Option(
      names = "--reward",
      paramLabel = "MODEL|rules:FILE",
      description =
          "For recipes that answer prompts: what scores the answers, in services that are started"
              + " for the run.")
  private Optional<String> reward = Optional.empty();

  @Option(
      names = "--reference",
      paramLabel = "MODEL",
      description =
          "Likewise, and for dpo and kto (reference.path), the frozen model. Default: the one to"
              + " start from; none with kl.reference=adapter-off.")
  private Optional<String> reference = Optional.empty();

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description = "A broker that runs already (run.kafka).")
  private Optional<String> kafka = Optional.empty();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Threads for tensors in the trainer and the policy; the reward and the reference service,"
              + " which are asked at the same time, have half of them each. Default: the number of "
              + "cores.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Mixin private ConfigurationOptions configuration;

  @Option(
      names = "--services-precision",
      paramLabel = "FORMAT",
      defaultValue = "float32",
      description =
          "Number format of the models in the services that are started for the run: float32, or"
              + " bfloat16, which takes half the memory and is fast on cores with AVX512-BF16 or"
              + " AMX only. Default: ${DEFAULT-VALUE}.")
  private Precision servicesPrecision;

  @Option(names = "--dry-run", description = "Check everything, say what would be done, and end.")
  private boolean dryRun;

  @Option(names = "--settings", description = "List the recipe's settings, and end.")
  private boolean settings;

  private static final String PROMPTS = "prompts.files";

  /** The recipes, as users type them. */
  enum Recipe {
    SFT("sft", "data.files"),
    REWARD_MODEL("reward-model", "data.files"),
    REWARD_REGRESSION("reward-regression", "data.files"),
    PROCESS_REWARD("process-reward", "data.files"),
    DPO("dpo", "data.files"),
    KTO("kto", "data.files"),
    ORPO("orpo", "data.files"),
    SIMPO("simpo", "data.files"),
    PPO("ppo", PROMPTS),
    GRPO("grpo", PROMPTS),
    RLOO("rloo", PROMPTS),
    REINFORCE_PLUS_PLUS("reinforce++", PROMPTS),
    REJECTION_SAMPLING("rejection-sampling", PROMPTS),
    ONLINE_DPO("online-dpo", PROMPTS),
    AWR("awr", "");

    private final String text;

    /** The setting with its files; empty if it reads none. */
    private final String files;

    /** Whether it learns from answers that policies are asked for. */
    boolean asks() {
      return files.equals(PROMPTS);
    }

    Recipe(String text, String files) {
      this.text = text;
      this.files = files;
    }

    /** Whether the trainer itself reads a frozen model. */
    private boolean hasReference() {
      return this == DPO || this == KTO;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** Reads a recipe's name as users type it. */
  static final class RecipeName implements ITypeConverter<Recipe> {
    @Override
    public Recipe convert(String text) {
      return Stream.of(Recipe.values())
          .filter(recipe -> recipe.text.equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "there is no recipe \"%s\"; did you mean \"%s\"?"
                          .formatted(text, Spelling.nearest(text, recipes()))));
    }
  }

  /** The names of all recipes, as users type them. */
  public static List<String> recipes() {
    return Stream.of(Recipe.values()).map(Recipe::toString).toList();
  }

  /** The command, printing to a terminal. */
  public TrainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (settings) {
      return new TrainerProcess(recipe.text, List.of(), threads).print("describe");
    }
    if (reward.isPresent() && !recipe.asks()) {
      throw new ParameterException(
          spec.commandLine(),
          "--reward is for ppo and other recipes that learn from answers to prompts; "
              + recipe
              + " learns from data");
    }
    if (!data.isEmpty() && recipe.files.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--data names files; "
              + recipe
              + " learns from the rollouts of a run: --set rollouts.run=ID, with --kafka");
    }
    if (reward.isPresent() && model.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--reward starts services, which need --model");
    }
    if (reference.isPresent() && adapterOff()) {
      throw new ParameterException(
          spec.commandLine(),
          "--reference names a model, but with kl.reference=adapter-off the reference is the model"
              + " to start from, in the trainer");
    }
    if (reference.isPresent() && !recipe.asks() && !recipe.hasReference()) {
      throw new ParameterException(
          spec.commandLine(),
          "--reference is for dpo, kto and recipes that learn from answers to prompts; "
              + recipe
              + " has none");
    }
    ModelArgument models = ModelArgument.ofProcess(terminal);
    Optional<ModelDirectory> start = fromScratch ? Optional.empty() : model.map(models::find);
    Optional<ModelDirectory> frozen =
        reference.filter(r -> recipe.hasReference()).map(models::find);
    String id = runId();
    Path directory =
        Path.of(configuration.value("run.directory").orElse("runs/" + id)).toAbsolutePath();
    if (dryRun) {
      return new TrainerProcess(
              recipe.text, arguments(id, start, frozen, kafka.or(this::anyBroker)), threads)
          .print("train", "--dry-run");
    }
    try (Supervisor supervisor = new Supervisor(terminal, GRACE)) {
      List<Ancestor> ancestors = ancestors(start, directory);
      announce(directory, ancestors);
      Optional<String> broker = kafka;
      if (reward.isPresent()) {
        Fleet fleet = Fleet.plan(wish(id, start.orElseGet(this::unread), models), directory);
        fleet.start(supervisor);
        broker = Optional.of(fleet.bootstrap());
      }
      RunFinished finished =
          new TrainerProcess(recipe.text, arguments(id, start, frozen, broker), threads)
              .run(supervisor, terminal, directory);
      RunSummary.lines(directory).forEach(terminal.out()::println);
      Path report = RunReport.write(directory);
      terminal.out().println("report: " + report);
      boolean complete = finished.getOutcome() == RunOutcome.RUN_OUTCOME_COMPLETED;
      if (complete) {
        List.of("model", "adapter").forEach(made -> remember(directory, made, ancestors));
        printIfThere("model:  ", directory.resolve("model"));
        printIfThere("adapter: ", directory.resolve("adapter"));
      }
      return ExitCode.OK;
    }
  }

  /** What the run is about to read, as it is now. */
  private List<Ancestor> ancestors(Optional<ModelDirectory> start, Path directory) {
    List<Ancestor> ancestors = new ArrayList<>();
    if (start.isPresent()) {
      ancestors.add(Ancestor.of("model", start.get().path()));
    } else {
      model.ifPresent(
          written -> ancestors.addAll(Ancestor.named("model, drawn from its shape", written)));
    }
    List<String> read =
        data.isEmpty()
            ? configuration.value(recipe.files).stream()
                .flatMap(files -> Stream.of(files.replaceAll("[\\[\\]]", "").split(",\\s*")))
                .toList()
            : data;
    read.forEach(files -> ancestors.addAll(Ancestor.named("data", files)));
    reward.ifPresent(written -> ancestors.addAll(Ancestor.named("reward", written)));
    reference.ifPresent(written -> ancestors.addAll(Ancestor.named("reference", written)));
    configuration
        .value("rollouts.run")
        .map(directory::resolveSibling)
        .filter(Files::isDirectory)
        .map(run -> new Ancestor(ROLLOUTS, run.toString(), "", Lineage.find(run)))
        .ifPresent(ancestors::add);
    return ancestors;
  }

  /** Stores where a run's checkpoints come from, before there are any. */
  private void announce(Path directory, List<Ancestor> ancestors) {
    if (Files.exists(directory.resolve(Lineage.FILE))) {
      // Of the run that is resumed, or of one that the trainer will not write over.
      return;
    }
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new Failure(directory + " cannot be made: " + e.getMessage(), "", e);
    }
    lineage("model", "", ancestors).write(directory);
  }

  /** Stores where what was made comes from, in it and beside it. */
  private void remember(Path directory, String made, List<Ancestor> ancestors) {
    Path output = directory.resolve(made);
    if (Files.isDirectory(output)) {
      List<Ancestor> read = ancestors.stream().map(one -> asKept(directory, one)).toList();
      Lineage lineage = lineage(made, ContentDigest.of(output), read);
      lineage.write(output);
      lineage.write(directory);
    }
  }

  /**
   * A topic, or the rollouts of another run, as the part of it that the trainer has read, which is
   * a file in the run's directory.
   */
  private static Ancestor asKept(Path directory, Ancestor ancestor) {
    Path rollouts = directory.resolve("rollouts.bin");
    if (ancestor.role().equals(ROLLOUTS) && Files.exists(rollouts)) {
      return new Ancestor(
          ROLLOUTS, ancestor.path(), ContentDigest.of(rollouts), ancestor.lineage());
    }
    if (!ExampleTopic.isTopic(ancestor.path())) {
      return ancestor;
    }
    Path kept =
        directory.resolve("data").resolve(ExampleTopic.named(ancestor.path()).topic() + ".jsonl");
    return Files.exists(kept)
        ? new Ancestor(
            ancestor.role(),
            TopicFile.reading(kept).place(),
            ContentDigest.of(kept),
            Optional.empty())
        : ancestor;
  }

  private Lineage lineage(String made, String digest, List<Ancestor> ancestors) {
    return Lineage.now(
        "train " + recipe.text, configuration.arguments(Map.of()), made, digest, ancestors);
  }

  private void printIfThere(String what, Path directory) {
    if (Files.isDirectory(directory)) {
      terminal.out().println(what + directory);
    }
  }

  /** Whether the trainer is its own reference, and no service is needed. */
  private boolean adapterOff() {
    return configuration.value("kl.reference").equals(Optional.of("adapter-off"));
  }

  /** A model of which only the configuration counts, since its weights are drawn. */
  private ModelDirectory unread() {
    return ModelDirectory.of(Path.of(model.orElseThrow()));
  }

  /** A dry run connects to nothing, so any address will do. */
  private Optional<String> anyBroker() {
    return reward.map(ignored -> "localhost:9092");
  }

  private String runId() {
    String set = configuration.settings().get("run.id");
    if (run.isPresent() && set != null && !set.equals(run.get())) {
      throw new ParameterException(
          spec.commandLine(), "--run is %s, --set run.id=%s".formatted(run.get(), set));
    }
    return run.or(() -> configuration.value("run.id"))
        .orElseGet(() -> recipe.text.replace("++", "-pp") + "-" + TIME.format(LocalDateTime.now()));
  }

  private Fleet.Wish wish(String id, ModelDirectory start, ModelArgument models) {
    if (kafka.isPresent()) {
      throw new Failure(
          "--reward starts services here, --kafka uses those that run elsewhere",
          "Give one of them.");
    }
    return new Fleet.Wish(
        start,
        adapterOff() ? Optional.empty() : reference.map(models::find).or(() -> Optional.of(start)),
        reward.map(written -> RewardArgument.properties(written, models)),
        Optional.of(id),
        Optional.empty(),
        Map.of(),
        1,
        threads,
        servicesPrecision,
        Duration.ofMinutes(5),
        Fleet.answeringTogether(PROMPTS_TOGETHER));
  }

  private List<String> arguments(
      String id,
      Optional<ModelDirectory> start,
      Optional<ModelDirectory> frozen,
      Optional<String> broker) {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("run.id", id);
    if (fromScratch) {
      model.ifPresent(path -> options.put("model.path", path));
      options.put("model.start", "random");
    }
    start.ifPresent(found -> options.put("model.path", found.path().toString()));
    start
        .filter(found -> found.adapter().isPresent())
        .ifPresent(found -> options.put("model.base", found.base().toString()));
    frozen.ifPresent(found -> options.put("reference.path", found.path().toString()));
    if (!data.isEmpty()) {
      options.put(recipe.files, String.join(",", data));
    }
    broker.ifPresent(address -> options.put("run.kafka", address));
    if (resume) {
      options.put("run.resume", "true");
    }
    return configuration.arguments(options);
  }
}
