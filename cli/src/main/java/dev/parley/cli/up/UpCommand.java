package dev.parley.cli.up;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.broker.BrokerCommand;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.process.ChildProcess;
import dev.parley.cli.process.Ports;
import dev.parley.cli.process.ProcessPlan;
import dev.parley.cli.process.Readiness;
import dev.parley.cli.process.Supervisor;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
      "Each is a process of its own with its log in a file; all stop with this one. The services speak gRPC and HTTP on one port each.",
      "",
      "MODEL is a directory, or an id on the Hugging Face hub (org/name, org/name@revision)."
    },
    footer = {
      "Examples:",
      "  parley up --policy runs/sft/model --reward runs/rm/model",
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
      required = true,
      paramLabel = "MODEL|rules:FILE",
      description = "What scores answers: a reward model, or a file with rules.")
  private String reward;

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description = "A broker that runs already. Default: one is started.")
  private Optional<String> kafka;

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
      description = "Threads for tensors in each service. Default: the number of cores.")
  private int threads = Runtime.getRuntime().availableProcessors();

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
    Path root = root();
    List<Integer> free = Ports.free(4);
    int broker = brokerPort == 0 ? free.get(0) : brokerPort;
    String bootstrap = kafka.orElse(Service.HOST + ":" + broker);
    List<Service> services = services(bootstrap, free);
    Path state = directory.toAbsolutePath().normalize();
    Optional<ProcessPlan> brokerPlan =
        kafka.isPresent() ? Optional.empty() : Optional.of(brokerPlan(broker, state));
    Duration patience = Duration.ofSeconds(patienceSeconds);
    List<ProcessPlan> plans =
        services.stream()
            .map(service -> service.plan(root, StateDirectory.logs(state), threads, patience))
            .toList();
    if (dryRun) {
      brokerPlan.ifPresent(this::print);
      plans.forEach(this::print);
      return ExitCode.OK;
    }
    try (StateDirectory held = StateDirectory.take(state);
        Supervisor supervisor = new Supervisor(terminal, GRACE)) {
      services.forEach(service -> Ports.requireFree(service.port(), service.name()));
      if (brokerPlan.isPresent()) {
        supervisor.awaitReady(List.of(supervisor.start(brokerPlan.get())));
      }
      List<ChildProcess> started = new ArrayList<>();
      for (ProcessPlan plan : plans) {
        started.add(supervisor.start(plan));
      }
      supervisor.awaitReady(started);
      announce(bootstrap, services, held.path());
      throw supervisor.awaitAnyExit();
    }
  }

  private List<Service> services(String bootstrap, List<Integer> free) {
    ModelArgument models = ModelArgument.ofProcess(terminal);
    Path policyModel = models.resolve(policy);
    Path referenceModel = reference == null ? policyModel : models.resolve(reference);
    Service referenceService =
        new Service(
            "reference",
            referencePort == 0 ? free.get(1) : referencePort,
            Map.of(ServiceProperties.REFERENCE_MODEL, referenceModel.toString()));
    Service rewardService =
        new Service(
            "reward",
            rewardPort == 0 ? free.get(2) : rewardPort,
            RewardArgument.properties(reward, models));
    Service policyService =
        new Service(
            "policy",
            policyPort == 0 ? free.get(3) : policyPort,
            Map.of(
                ServiceProperties.POLICY_MODEL,
                policyModel.toString(),
                ServiceProperties.KAFKA,
                bootstrap,
                ServiceProperties.clientHost("reward"),
                Service.HOST,
                ServiceProperties.clientPort("reward"),
                Integer.toString(rewardService.port()),
                ServiceProperties.clientHost("reference"),
                Service.HOST,
                ServiceProperties.clientPort("reference"),
                Integer.toString(referenceService.port())));
    return List.of(referenceService, rewardService, policyService);
  }

  private ProcessPlan brokerPlan(int port, Path state) {
    return new ProcessPlan(
        "broker",
        List.of(
            Service.java(),
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.parley.cli.Parley",
            BrokerCommand.NAME,
            "--port",
            Integer.toString(port),
            "--data",
            StateDirectory.broker(state).toString(),
            "--partitions",
            Integer.toString(partitions)),
        Map.of(),
        StateDirectory.logs(state).resolve("broker.log"),
        new Readiness.LogLine(BrokerCommand.READY),
        Duration.ofSeconds(patienceSeconds));
  }

  private void announce(String bootstrap, List<Service> services, Path state) {
    Table table = new Table();
    table.row("broker", bootstrap, "Kafka");
    for (Service service : services) {
      table.row(
          service.name(),
          Service.HOST + ":" + service.port(),
          "gRPC and HTTP",
          service.address().resolve(ServiceProperties.METRICS_PATH).toString());
    }
    table.lines().forEach(terminal.out()::println);
    terminal
        .out()
        .println("Logs are in " + StateDirectory.logs(state) + ". Ctrl-C stops everything.");
    terminal.flush();
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

  private void requirePositive(String option, int value) {
    if (value < 1) {
      throw new ParameterException(
          spec.commandLine(), "%s is %d; expected at least 1".formatted(option, value));
    }
  }

  private static Path root() {
    String root = System.getProperty("parley.root");
    if (root == null) {
      throw new Failure(
          "where Parley's services are built is not known (system property parley.root)",
          "Start this command with the script ./parley.");
    }
    return Path.of(root);
  }
}
