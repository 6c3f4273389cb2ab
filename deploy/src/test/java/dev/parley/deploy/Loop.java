package dev.parley.deploy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import dev.parley.cli.process.ChildProcess;
import dev.parley.cli.process.ProcessPlan;
import dev.parley.cli.process.Supervisor;
import dev.parley.cli.terminal.Terminal;
import dev.parley.cli.train.TrainerProcess;
import dev.parley.cli.up.Fleet;
import dev.parley.cli.up.RewardArgument;
import dev.parley.cli.up.Service;
import dev.parley.model.ModelDirectory;
import dev.parley.model.TinyModel;
import dev.parley.model.torchscript.Precision;
import dev.parley.proto.Topics;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.policy.v1.DescribeModelRequest;
import dev.parley.proto.policy.v1.DescribeModelResponse;
import dev.parley.proto.policy.v1.PolicyServiceGrpc;
import dev.parley.proto.rollout.v1.DeadLetter;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.version.v1.VersionFile;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** One run's policy, reward and reference service, each a process of its own, at toy size. */
final class Loop implements AutoCloseable {

  /** Prompts of one update. */
  static final int PROMPTS_PER_UPDATE = 4;

  /** Answers to one prompt. */
  static final int SAMPLES = 2;

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** A bucket of a histogram whose newest value names its trace. */
  private static final Pattern EXEMPLAR =
      Pattern.compile("^(\\w+)_bucket\\{.* # \\{.*trace_id=\"(\\w+)\"");

  /** Settings of a policy that soon gives up: on its broker's session, and on a reward service. */
  private static final Map<String, String> IMPATIENT =
      Map.of(
          // A group is a batch of its own: the same seeds give the same bytes.
          "parley.policy.rollout.max-prompts-in-flight", "1",
          "parley.policy.rollout.session-timeout-ms", "2000",
          "parley.policy.rollout.transaction-timeout-ms", "2000",
          "parley.policy.reward.try-timeout-ms", "1500",
          "parley.policy.reward.total-timeout-ms", "4000",
          "parley.policy.reward.first-backoff-ms", "2500",
          "parley.policy.reward.attempts", "2");

  private final TestBroker broker;
  private final Path directory;
  private final String run;
  private final Map<String, String> environment;
  private final Supervisor supervisor =
      new Supervisor(Terminal.ofProcess(), Duration.ofSeconds(20));
  private final Fleet fleet;
  private final Map<String, ChildProcess> running = new HashMap<>();

  /**
   * Starts the services.
   *
   * @param broker carries the events
   * @param models holds the models "policy" and "reward"
   * @param directory of this run's files
   * @param run its name
   */
  Loop(TestBroker broker, Path models, Path directory, String run) throws InterruptedException {
    this(broker, models, directory, run, IMPATIENT, Map.of());
  }

  /**
   * Starts the services with variables of their environment, which the trainer gets, too.
   *
   * @param broker carries the events
   * @param models holds the models "policy" and "reward"
   * @param directory of this run's files
   * @param run its name
   * @param policy settings of the policy
   * @param environment variables, by name
   */
  Loop(
      TestBroker broker,
      Path models,
      Path directory,
      String run,
      Map<String, String> policy,
      Map<String, String> environment)
      throws InterruptedException {
    this.broker = broker;
    this.directory = directory;
    this.run = run;
    this.environment = environment;
    this.fleet =
        Fleet.plan(
            new Fleet.Wish(
                ModelDirectory.of(models.resolve("policy")),
                Optional.of(ModelDirectory.of(models.resolve("policy"))),
                Optional.of(RewardArgument.ofModel(ModelDirectory.of(models.resolve("reward")))),
                Optional.of(run),
                Optional.of(broker.bootstrapServers()),
                Map.of(),
                2,
                1,
                Precision.FLOAT32,
                PATIENCE,
                policy),
            directory);
    for (Service service : fleet.services()) {
      start(service.name());
    }
    supervisor.awaitReady(List.copyOf(running.values()));
  }

  /** Writes the models and prompts that all runs start from. */
  static void writeInputs(Path directory) throws IOException {
    TinyModel.write(directory.resolve("policy"), 1);
    TinyModel.writeReward(directory.resolve("reward"), 2);
    Files.write(
        directory.resolve("prompts.jsonl"),
        IntStream.range(0, 40).mapToObj("{\"prompt\": \"Say %d\"}"::formatted).toList());
  }

  /** The files of the run. */
  Path directory() {
    return directory;
  }

  /** Reads the logs of a run's services and trainer, by name. */
  static Map<String, String> logs(Path directory) {
    Map<String, String> logs = new HashMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".log")).toList()) {
        logs.put(file.getFileName().toString(), Files.readString(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return logs;
  }

  /** Starts a service that does not run. */
  void start(String name) {
    int index = fleet.services().indexOf(fleet.service(name));
    ProcessPlan plan = fleet.plans().get(index);
    Map<String, String> all = new HashMap<>(plan.environment());
    all.putAll(environment);
    running.put(
        name,
        supervisor.start(
            new ProcessPlan(
                plan.name(), plan.command(), all, plan.log(), plan.readiness(), plan.patience())));
  }

  /** Starts a service that does not run, and waits until it can be used. */
  void startAndAwait(String name) throws InterruptedException {
    start(name);
    supervisor.awaitReady(List.of(running.get(name)));
  }

  /** kill -9. */
  void kill(String name) throws InterruptedException {
    ChildProcess child = running.remove(name);
    signal("KILL", child.pid());
    supervisor.awaitEnd(child);
  }

  /** kill -STOP: the process lives, its connections stay open, and nothing answers. */
  void freeze(String name) throws InterruptedException {
    signal("STOP", running.get(name).pid());
  }

  /** kill -CONT. */
  void thaw(String name) throws InterruptedException {
    signal("CONT", running.get(name).pid());
  }

  private static void signal(String name, long pid) throws InterruptedException {
    try {
      int status = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
      if (status != 0) {
        throw new IllegalStateException("kill -%s %d ended with %d".formatted(name, pid, status));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts the trainer on PPO, with no more settings than it needs. */
  Trainer train(Path prompts, int updates) {
    return train(prompts, updates, Map.of());
  }

  /**
   * Starts the trainer on PPO.
   *
   * @param prompts file of the prompts
   * @param updates of the whole run
   * @param more settings, by key
   */
  Trainer train(Path prompts, int updates, Map<String, ?> more) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("run.id", run);
    settings.put("run.directory", directory);
    settings.put("run.kafka", broker.bootstrapServers());
    settings.put("model.path", fleet.service("policy").properties().get("parley.policy.model"));
    settings.put("prompts.files", prompts);
    settings.put("prompts.per-update", PROMPTS_PER_UPDATE);
    settings.put("prompts.samples", SAMPLES);
    settings.put("sampling.max-new-tokens", 12);
    settings.put("optimizer.learning-rate", 1e-3);
    settings.put("engine.threads", 1);
    settings.put("checkpoint.every", 2);
    settings.put("ppo.updates", updates);
    settings.putAll(more);
    return Trainer.start(TrainerProcess.of("ppo", settings, 1).command(), directory, environment);
  }

  /** Reads the run's committed rollouts. */
  List<Rollout> rollouts() {
    return broker.committed(Topics.ROLLOUTS).stream()
        .map(record -> parse(Rollout.parser(), record.value()))
        .filter(this::ofThisRun)
        .toList();
  }

  /** Reads the rollouts of the run that were put aside. */
  List<Rollout> deadLetters() {
    return broker.committed(Topics.ROLLOUTS_DEAD_LETTER).stream()
        .map(record -> parse(DeadLetter.parser(), record.value()))
        .map(letter -> parse(Rollout.parser(), letter.getValue().toByteArray()))
        .filter(this::ofThisRun)
        .toList();
  }

  /** Reads what the trainer said of the files of versions that it was writing. */
  List<VersionFile> writtenFiles() {
    return broker.committed(Topics.VERSION_FILES).stream()
        .map(record -> parse(VersionFile.parser(), record.value()))
        .filter(file -> file.getRunId().equals(run))
        .toList();
  }

  private static <M> M parse(Parser<M> parser, byte[] bytes) {
    try {
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean ofThisRun(Rollout rollout) {
    return rollout.getPrompt().getRunId().equals(run);
  }

  /** Asks the policy what it serves. */
  DescribeModelResponse served() {
    ManagedChannel channel =
        ManagedChannelBuilder.forTarget(fleet.service("policy").target()).usePlaintext().build();
    try {
      return PolicyServiceGrpc.newBlockingStub(channel)
          .withDeadlineAfter(10, TimeUnit.SECONDS)
          .describeModel(DescribeModelRequest.getDefaultInstance());
    } finally {
      channel.shutdownNow();
    }
  }

  /** Sums a metric of the policy over its tags. */
  double policyMetric(String prometheusName) throws InterruptedException {
    return metrics("policy")
        .filter(line -> line.startsWith(prometheusName))
        // When a counter began to count, which is not what it counted.
        .filter(line -> !line.contains("_created"))
        // Without the exemplar, which names a trace that was counted, and its time.
        .map(line -> line.split(" # ")[0])
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /** The traces that a service's histograms name as examples, by the histogram. */
  Map<String, Set<String>> exemplars(String service) throws InterruptedException {
    return metrics(service)
        .map(EXEMPLAR::matcher)
        .filter(Matcher::find)
        .collect(
            Collectors.groupingBy(
                found -> found.group(1),
                TreeMap::new,
                Collectors.mapping(found -> found.group(2), Collectors.toSet())));
  }

  private Stream<String> metrics(String service) throws InterruptedException {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(fleet.service(service).address().resolve("/q/metrics"))
                  .build(),
              HttpResponse.BodyHandlers.ofLines())
          .body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Announces a version by hand. */
  void announce(byte[] policyVersion) {
    broker.send(Topics.POLICY_VERSIONS, run, policyVersion);
  }

  /** What is waited for. */
  interface Condition {
    boolean holds() throws InterruptedException;
  }

  /** Waits until something holds. */
  static void await(String what, Condition condition) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain until " + what);
      }
      Thread.sleep(50);
    }
  }

  @Override
  public void close() {
    supervisor.close();
  }
}
