package dev.parley.policy;

import dev.parley.model.torchscript.GpuMemory;
import dev.parley.model.torchscript.NativeThreads;
import dev.parley.policy.generation.GeneratedGroup;
import dev.parley.policy.openai.ApiSettings;
import dev.parley.policy.rollout.AnswerScores;
import dev.parley.policy.rollout.Rollouts;
import dev.parley.policy.rollout.ServedVersions;
import dev.parley.policy.rollout.Tracing;
import dev.parley.policy.serving.CheckpointLoader;
import dev.parley.policy.serving.VersionFollower;
import dev.parley.proto.policy.v1.PolicyServiceGrpc;
import dev.parley.serving.settings.SettingKeys;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

/** Brings model, followers and loop up when the service starts, and down in order when it ends. */
@Singleton
public class PolicyServer {

  private static final Logger LOG = Logger.getLogger(PolicyServer.class);

  private final PolicyConfig config;
  private final Config properties;
  private final Map<String, Object> kafka;
  private final PolicyMetrics metrics;
  private final GrpcHealthStorage health;
  private PolicySettings settings;
  private Optional<AnswerScores> scores = Optional.empty();
  private Thread starter;
  // Guarded by this.
  private VersionFollower follower;
  private Rollouts rollouts;
  private volatile PolicyModel model;
  private volatile boolean started;
  private volatile boolean stopping;

  /** Takes what the container gives. */
  public PolicyServer(
      PolicyConfig config,
      Config properties,
      @Identifier("default-kafka-broker") Map<String, Object> kafka,
      PolicyMetrics metrics,
      @Any GrpcHealthStorage health) {
    this.config = config;
    this.properties = properties;
    this.kafka = Map.copyOf(kafka);
    this.metrics = metrics;
    this.health = health;
  }

  void start(@Observes StartupEvent event) {
    settings = settings();
    Tracing.enable(
        !properties.getOptionalValue("quarkus.otel.sdk.disabled", Boolean.class).orElse(false));
    scores = settings.reward().map(reward -> new AnswerScores(reward, metrics));
    report(ServingStatus.NOT_SERVING);
    sayWhatIsLeftOut();
    starter = new Thread(this::bringUp, "policy-start");
    starter.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    starter.setDaemon(true);
    starter.start();
  }

  private PolicySettings settings() {
    try {
      SettingKeys.of(PolicyConfig.class).check(properties.getPropertyNames());
      return PolicySettings.of(config);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(e.getMessage(), e);
    }
  }

  private void sayWhatIsLeftOut() {
    if (settings.runId().isEmpty()) {
      LOG.info("parley.policy.run-id is not set: no prompts are read from Kafka");
      return;
    }
    if (settings.reward().isEmpty()) {
      LOG.warn("parley.policy.reward.target is not set: rollouts will carry no scores");
    }
    if (settings.reference().isEmpty()) {
      LOG.warn(
          "parley.policy.reference.target is not set: rollouts will carry no reference"
              + " log-probabilities");
    }
  }

  private void bringUp() {
    // All threads that do a run's work come from this one, and have what it notes on its lines.
    settings.runId().ifPresent(runId -> MDC.put("run", runId));
    try {
      PolicyModel opened = PolicyModel.open(settings, metrics);
      warmUp(opened);
      serve(opened);
      settings.runId().ifPresentOrElse(runId -> follow(runId, opened), this::announceReady);
    } catch (RuntimeException e) {
      LOG.errorf("Cannot serve %s: %s", settings.model(), e.getMessage());
      LOG.debug("The cause", e);
      Quarkus.asyncExit(1);
    }
  }

  private void warmUp(PolicyModel opened) {
    GpuMemory.of(settings.engine()).ifPresent(metrics::watchGpu);
    int rows = Math.min(settings.limits().generator().maxRows(), settings.maxSamples());
    GeneratedGroup group =
        opened.warmUp(rows, Math.min(settings.warmUpTokens(), settings.maxNewTokens()));
    LOG.infof(
        "Serving version %s of %s from %s, on %s in %s with %d threads; %d warm-up answers took"
            + " %d ms",
        opened.engine().served(),
        opened.language().architecture(),
        settings.model(),
        settings.engine().deviceName(),
        settings.engine().precision(),
        NativeThreads.get(),
        group.samples().size(),
        (group.endNanos() - group.startNanos()) / 1_000_000);
    opened
        .encoder()
        .whyNoConversations()
        .ifPresent(why -> LOG.warnf("Conversations will be refused: %s", why));
    NativeThreads.spinWarning().ifPresent(LOG::warn);
  }

  private synchronized void serve(PolicyModel opened) {
    if (stopping) {
      opened.close();
    } else {
      model = opened;
    }
  }

  /** Follows the versions, and answers prompts once the newest one is served. */
  private synchronized void follow(String runId, PolicyModel opened) {
    if (stopping) {
      return;
    }
    CheckpointLoader loader =
        new CheckpointLoader(
            opened.directory(),
            opened.language().shape(),
            opened.language().weights(),
            settings.engine());
    follower =
        new VersionFollower(runId, kafka, loader, opened.engine(), metrics, this::versionServed);
    rollouts =
        new Rollouts(
            settings.loop(),
            kafka,
            settings.reward(),
            settings.reference(),
            opened.encoder(),
            opened.planner(),
            opened.engine(),
            new Versions(opened, follower),
            metrics);
    follower.start();
    follower.caughtUp().thenRun(this::answerPrompts);
  }

  private record Versions(PolicyModel model, VersionFollower follower) implements ServedVersions {

    @Override
    public long served() {
      return model.engine().served().number();
    }

    @Override
    public Optional<String> lastRefusal() {
      return follower.lastRefusal();
    }
  }

  private synchronized void versionServed() {
    if (rollouts != null) {
      rollouts.wake();
    }
  }

  private synchronized void answerPrompts() {
    if (!stopping) {
      rollouts.start();
      announceReady();
    }
  }

  private synchronized void announceReady() {
    if (!stopping) {
      started = true;
      report(ServingStatus.SERVING);
    }
  }

  private void report(ServingStatus status) {
    health.setStatus(GrpcHealthStorage.DEFAULT_SERVICE_NAME, status);
    health.setStatus(PolicyServiceGrpc.SERVICE_NAME, status);
  }

  /** Returns the model once it answers. */
  Optional<PolicyModel> model() {
    return Optional.ofNullable(model);
  }

  /** Returns the run whose prompts are answered, if any are. */
  Optional<String> runId() {
    return settings.runId();
  }

  /** Returns what the OpenAI-compatible API is set to, once there is a model. */
  ApiSettings httpApi() {
    return settings.httpApi();
  }

  /** Returns what says which answers are best, if there is a reward service. */
  Optional<AnswerScores> scores() {
    return scores;
  }

  /** Returns the Kafka clients' settings. */
  Map<String, Object> kafka() {
    return kafka;
  }

  /** Returns whether requests are answered, and prompts too if there is a run. */
  boolean ready() {
    return started && !stopping;
  }

  /** Returns whether all threads that should be there are there. */
  synchronized boolean alive() {
    PolicyModel opened = model;
    return stopping
        || (opened == null ? starter.isAlive() : opened.engine().alive())
            && (rollouts == null || !started || rollouts.alive());
  }

  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    long deadline;
    synchronized (this) {
      stopping = true;
      deadline = System.nanoTime() + settings.drainPatience().toNanos();
      report(ServingStatus.NOT_SERVING);
    }
    if (rollouts != null) {
      rollouts.drain(left(deadline));
    }
    if (follower != null) {
      follower.close();
    }
    if (model != null) {
      model.engine().drain(left(deadline));
      model.close();
    }
    scores.ifPresent(AnswerScores::close);
  }

  private static Duration left(long deadline) {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
  }
}
