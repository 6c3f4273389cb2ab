package dev.parley.cli.up;

import dev.parley.cli.Failure;
import dev.parley.cli.broker.BrokerCommand;
import dev.parley.cli.process.ChildProcess;
import dev.parley.cli.process.Ports;
import dev.parley.cli.process.ProcessPlan;
import dev.parley.cli.process.Readiness;
import dev.parley.cli.process.Supervisor;
import dev.parley.model.ModelDirectory;
import dev.parley.model.torchscript.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The processes that one machine needs: a broker, and the reference, reward and policy service; or
 * the policy alone, where nothing is scored.
 *
 * @param bootstrap where the broker listens
 * @param broker how to start it; empty if it runs already
 * @param services in the order in which they are started
 * @param plans how to start them, in the same order
 */
public record Fleet(
    String bootstrap,
    Optional<ProcessPlan> broker,
    List<Service> services,
    List<ProcessPlan> plans) {

  /** Copies the lists. */
  public Fleet {
    services = List.copyOf(services);
    plans = List.copyOf(plans);
  }

  /**
   * What to run.
   *
   * @param policy the policy's model
   * @param reference the frozen model; empty for no reference service
   * @param reward the reward service's properties; empty for the policy alone, without a broker
   * @param runId the run whose prompts are answered; empty for gRPC only
   * @param kafka a broker that runs already
   * @param ports fixed ports by the names broker, policy, reward, reference; others are free ones
   * @param partitions of prompts and rollouts
   * @param threads for tensors in the policy; the reward and the reference service, which the
   *     policy asks at the same time, have half of them each
   * @param precision of the weights and activations of policy, reward model and frozen model
   * @param patience how long a service may take to be ready
   * @param policyProperties further properties of the policy
   */
  public record Wish(
      ModelDirectory policy,
      Optional<ModelDirectory> reference,
      Optional<Map<String, String>> reward,
      Optional<String> runId,
      Optional<String> kafka,
      Map<String, Integer> ports,
      int partitions,
      int threads,
      Precision precision,
      Duration patience,
      Map<String, String> policyProperties) {

    private int scoringThreads() {
      return Math.max(1, threads / 2);
    }
  }

  /**
   * Plans the processes.
   *
   * @param wish what to run
   * @param state the directory of the broker's data and the logs
   * @throws Failure if a service is not built, or where they are built is not known
   */
  public static Fleet plan(Wish wish, Path state) {
    List<Integer> free = Ports.free(4);
    int brokerPort = wish.ports().getOrDefault("broker", free.get(0));
    String bootstrap = wish.kafka().orElse(Service.HOST + ":" + brokerPort);
    Optional<Service> reference =
        wish.reference()
            .map(
                model ->
                    new Service(
                        "reference",
                        wish.ports().getOrDefault("reference", free.get(1)),
                        referenceProperties(model, wish)));
    Optional<Service> reward =
        wish.reward()
            .map(
                properties ->
                    new Service(
                        "reward",
                        wish.ports().getOrDefault("reward", free.get(2)),
                        rewardProperties(properties, wish)));
    Service policy =
        new Service(
            "policy",
            wish.ports().getOrDefault("policy", free.get(3)),
            policyProperties(wish, bootstrap, reward, reference));
    List<Service> services =
        Stream.of(reference, reward, Optional.of(policy)).flatMap(Optional::stream).toList();
    Path root = root();
    Path logs = StateDirectory.logs(state);
    return new Fleet(
        bootstrap,
        wish.kafka().isPresent() || reward.isEmpty()
            ? Optional.empty()
            : Optional.of(broker(brokerPort, state, wish.partitions(), wish.patience())),
        services,
        services.stream()
            .map(service -> service.plan(root, logs, threads(service, wish), wish.patience()))
            .toList());
  }

  private static int threads(Service service, Wish wish) {
    return service.name().equals("policy") ? wish.threads() : wish.scoringThreads();
  }

  /**
   * Returns the policy's properties for answering many prompts in one batch, as a trainer that
   * waits for all of them wants it.
   *
   * @param prompts how many
   */
  public static Map<String, String> answeringTogether(int prompts) {
    return Map.of(
        ServiceProperties.POLICY_ROWS, Integer.toString(prompts),
        ServiceProperties.POLICY_PROMPTS_IN_FLIGHT, Integer.toString(prompts));
  }

  private static Map<String, String> referenceProperties(ModelDirectory model, Wish wish) {
    Map<String, String> properties = new TreeMap<>();
    properties.put(ServiceProperties.REFERENCE_MODEL, model.path().toString());
    if (model.adapter().isPresent()) {
      properties.put(ServiceProperties.REFERENCE_BASE, model.base().toString());
    }
    properties.put(ServiceProperties.threads("reference"), Integer.toString(wish.scoringThreads()));
    properties.put(ServiceProperties.REFERENCE_PRECISION, wish.precision().toString());
    return properties;
  }

  private static Map<String, String> rewardProperties(Map<String, String> given, Wish wish) {
    Map<String, String> properties =
        RewardArgument.withModelSetting(
            given, ServiceProperties.MODEL_SCORER_PRECISION, wish.precision().toString());
    properties.put(ServiceProperties.threads("reward"), Integer.toString(wish.scoringThreads()));
    return properties;
  }

  private static Map<String, String> policyProperties(
      Wish wish, String bootstrap, Optional<Service> reward, Optional<Service> reference) {
    Map<String, String> properties = new TreeMap<>(wish.policyProperties());
    properties.put(ServiceProperties.POLICY_MODEL, wish.policy().path().toString());
    if (wish.policy().adapter().isPresent()) {
      properties.put(ServiceProperties.POLICY_BASE, wish.policy().base().toString());
    }
    properties.put(ServiceProperties.POLICY_THREADS, Integer.toString(wish.threads()));
    properties.put(ServiceProperties.POLICY_PRECISION, wish.precision().toString());
    reward.ifPresent(
        service -> {
          properties.put(ServiceProperties.KAFKA, bootstrap);
          properties.put(ServiceProperties.REWARD_TARGET, service.target());
        });
    reference.ifPresent(
        service -> properties.put(ServiceProperties.REFERENCE_TARGET, service.target()));
    wish.runId().ifPresent(id -> properties.put(ServiceProperties.RUN_ID, id));
    return properties;
  }

  /**
   * Plans a broker with the topics that Parley needs.
   *
   * @param port where clients connect
   * @param state the directory of its data and its log
   * @param partitions of prompts and rollouts
   * @param patience how long it may take to be ready
   */
  public static ProcessPlan broker(int port, Path state, int partitions, Duration patience) {
    return new ProcessPlan(
        "broker",
        List.of(
            Service.java(),
            "-Xmx512m",
            "-XX:+UseSerialGC",
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
        patience);
  }

  /**
   * Starts everything and waits until it can be used.
   *
   * @param supervisor stops it again
   * @throws Failure if a port is taken, or a process ends or is late
   * @throws InterruptedException if everything is being stopped meanwhile
   */
  public void start(Supervisor supervisor) throws InterruptedException {
    services.forEach(service -> Ports.requireFree(service.port(), service.name()));
    if (broker.isPresent()) {
      supervisor.awaitReady(List.of(supervisor.start(broker.get())));
    }
    List<ChildProcess> started = new ArrayList<>();
    plans.forEach(plan -> started.add(supervisor.start(plan)));
    supervisor.awaitReady(started);
  }

  /** Returns a service by its name. */
  public Service service(String name) {
    return services.stream()
        .filter(service -> service.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no service is called " + name));
  }

  /**
   * Returns the directory of the repository, below which the services are built.
   *
   * @throws Failure if it is not known
   */
  public static Path root() {
    String root = System.getProperty("parley.root");
    if (root == null) {
      throw new Failure(
          "where Parley's services are built is not known (system property parley.root)",
          "Start this command with the script ./parley.");
    }
    return Path.of(root);
  }
}
