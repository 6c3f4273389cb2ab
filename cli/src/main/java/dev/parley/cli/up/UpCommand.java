package dev.parley.cli.up;

import dev.parley.cli.ExitCode;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.process.ProcessPlan;
import dev.parley.cli.process.Supervisor;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import dev.parley.model.ModelDirectory;
import dev.parley.model.torchscript.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the broker and the services until Ctrl-C. */
@Command(
    name = "up",
    header = "Run broker, policy, reward and reference service on this machine.",
    description = {
      "Each is a process of its own with its log in a file; all stop with this one. The services speak gRPC and HTTP on one port each; the policy answers OpenAI's clients too.",
      "",
      "Without --reward the policy runs alone, for clients and as a judge.",
      "",
      "MODEL is a directory, or an id on the Hugging Face hub (org/name, org/name@revision)."
    },
    footer = {
      "Examples:",
      "  parley up --policy runs/sft/model --reward runs/rm/model",
      "  parley up --policy org/name --policy-port 8091     # the policy alone",
      "  parley up --policy org/name --reward rules:rules.yaml --threads 2",
      "  parley up --policy DIR --reward DIR --kafka broker.example:9092",
      "  parley up --policy DIR --reward DIR --dry-run      # print the commands only"
    })
public final class UpCommand implements Callable<Integer> {

  private static final Duration GRACE = Duration.ofSeconds(30);

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Option(
      names = "--policy",
      required = true,
      paramLabel = "MODEL",
      description = "The model that answers prompts.")
  private String policy;

  @Option(
      names = "--reference",
      paramLabel = "MODEL",
      description = "The frozen model that the policy is compared with. Default: the policy's.")
  private String reference;

  @Option(
      names = "--reward",
      paramLabel = "MODEL|rules:FILE",
      description =
          "What scores answers: a reward model, or a file with rules. Default: nothing does, and the"
              + " policy runs alone.")
  private Optional<String> reward = Optional.empty();

  @Option(
      names = "--run",
      paramLabel = "ID",
      description = "The run whose prompts the policy answers and whose versions it follows.")
  private Optional<String> run = Optional.empty();

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description = "A broker that runs already. Default: one is started.")
  private Optional<String> kafka = Optional.empty();

  @Option(
      names = "--broker-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "Default: any free port.")
  private int brokerPort;

  @Option(
      names = "--policy-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "Default: any free port.")
  private int policyPort;

  @Option(
      names = "--reward-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "Default: any free port.")
  private int rewardPort;

  @Option(
      names = "--reference-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "Default: any free port.")
  private int referencePort;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Threads for tensors in the policy; the reward and the reference service, which it asks at "
              + "the same time, have half of them each. Default: the number of cores.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--precision",
      paramLabel = "FORMAT",
      defaultValue = "float32",
      description =
          "Number format of the models: float32, or bfloat16, which takes half the memory and is fast"
              + " on cores with AVX512-BF16 or AMX only. Default: ${DEFAULT-VALUE}.")
  private Precision precision;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "4",
      description = "Partitions of prompts and rollouts. Default: ${DEFAULT-VALUE}.")
  private int partitions;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = ".parley/up",
      description = "The broker's data and the logs. Default: ${DEFAULT-VALUE}.")
  private Path directory;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      defaultValue = "180",
      description = "How long a service may take to be ready. Default: ${DEFAULT-VALUE}.")
  private int patienceSeconds;

  @Option(names = "--dry-run", description = "Print the commands and start nothing.")
  private boolean dryRun;

  /** The command, printing to a terminal. */
  public UpCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    requirePositive("--threads", threads);
    requirePositive("--partitions", partitions);
    requirePositive("--patience", patienceSeconds);
    requireReward("--run", run.isPresent(), "answers to a run's prompts are scored");
    requireReward("--reference", reference != null, "the policy alone is compared with nothing");
    requireReward("--kafka", kafka.isPresent(), "the policy alone reads and writes no topic");
    Path state = directory.toAbsolutePath().normalize();
    Fleet fleet = Fleet.plan(wish(), state);
    if (dryRun) {
      fleet.broker().ifPresent(this::print);
      fleet.plans().forEach(this::print);
      return ExitCode.OK;
    }
    try (StateDirectory held = StateDirectory.take(state, "parley up");
        Supervisor supervisor = new Supervisor(terminal, GRACE)) {
      fleet.start(supervisor);
      announce(fleet, held.path());
      throw supervisor.awaitAnyExit();
    }
  }

  private Fleet.Wish wish() {
    ModelArgument models = ModelArgument.ofProcess(terminal);
    ModelDirectory policyModel = models.find(policy);
    Map<String, Integer> ports = new HashMap<>();
    Map.of(
            "broker", brokerPort,
            "policy", policyPort,
            "reward", rewardPort,
            "reference", referencePort)
        .forEach(
            (name, port) -> {
              if (port != 0) {
                ports.put(name, port);
              }
            });
    return new Fleet.Wish(
        policyModel,
        reward.map(scored -> reference == null ? policyModel : models.find(reference)),
        reward.map(written -> RewardArgument.properties(written, models)),
        run,
        kafka,
        ports,
        partitions,
        threads,
        precision,
        Duration.ofSeconds(patienceSeconds),
        Map.of());
  }

  private void announce(Fleet fleet, Path state) {
    Table table = new Table();
    if (reward.isPresent()) {
      table.row("broker", fleet.bootstrap(), "Kafka");
    }
    for (Service service : fleet.services()) {
      table.row(
          service.name(),
          Service.HOST + ":" + service.port(),
          "gRPC and HTTP",
          service.address().resolve(ServiceProperties.METRICS_PATH).toString());
    }
    table.row("openai", openAi(fleet), "OpenAI's API of the policy");
    table.lines().forEach(terminal.out()::println);
    terminal
        .out()
        .println("Logs are in " + StateDirectory.logs(state) + ". Ctrl-C stops everything.");
    terminal.flush();
  }

  /** The base address for OpenAI's clients. */
  private static String openAi(Fleet fleet) {
    return fleet.service("policy").address().resolve(ServiceProperties.OPENAI_PATH).toString();
  }

  private void print(ProcessPlan plan) {
    StringBuilder line = new StringBuilder();
    plan.environment().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            entry -> line.append(entry.getKey()).append('=').append(entry.getValue()).append(' '));
    line.append(String.join(" ", plan.command().stream().map(UpCommand::quoted).toList()));
    terminal.out().println(line);
  }

  /** An argument as a shell reads it back. */
  private static String quoted(String argument) {
    return argument.matches("[\\w@%+=:,./-]+")
        ? argument
        : "'" + argument.replace("'", "'\\''") + "'";
  }

  private void requireReward(String option, boolean given, String reason) {
    if (given && reward.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "%s needs --reward: %s".formatted(option, reason));
    }
  }

  private void requirePositive(String option, int value) {
    if (value < 1) {
      throw new ParameterException(
          spec.commandLine(), "%s is %d; expected at least 1".formatted(option, value));
    }
  }
}
