package dev.parley.reward;

import dev.parley.model.torchscript.NativeThreads;
import dev.parley.proto.reward.v1.RewardServiceGrpc;
import dev.parley.reward.scoring.Scorer;
import dev.parley.reward.scoring.Scorers;
import dev.parley.serving.calls.CallQueue;
import dev.parley.serving.settings.SettingKeys;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/** Brings scorer and worker up when the service starts and takes them down when it ends. */
@Singleton
public class RewardServer {

  private static final Logger LOG = Logger.getLogger(RewardServer.class);

  private final RewardConfig config;
  private final Config properties;
  private final ScorerLoader loader;
  private final RewardMetrics metrics;
  private final GrpcHealthStorage health;
  private volatile Serving serving;
  private volatile boolean stopping;
  private Thread thread;

  /** Takes what the container gives. */
  public RewardServer(
      RewardConfig config,
      Config properties,
      ScorerLoader loader,
      RewardMetrics metrics,
      @Any GrpcHealthStorage health) {
    this.config = config;
    this.properties = properties;
    this.loader = loader;
    this.metrics = metrics;
    this.health = health;
  }

  /**
   * What answers once the scorer is loaded.
   *
   * @param scorer the scorer
   * @param version of what it is made of
   * @param settings what the service was started with
   * @param queue takes calls
   * @param worker scores them
   */
  record Serving(
      Scorer scorer,
      String version,
      RewardSettings settings,
      CallQueue<ScoreCall> queue,
      ScoreWorker worker) {}

  void start(@Observes StartupEvent event) {
    try {
      SettingKeys.of(RewardConfig.class, RewardConfig.SCORERS).check(properties.getPropertyNames());
      RewardSettings settings = RewardSettings.of(config);
      Scorer scorer =
          Scorers.make(RewardConfig.PREFIX, settings.scorer(), scorerSettings(), metrics);
      report(ServingStatus.NOT_SERVING);
      thread = new Thread(() -> loadAndWork(settings, scorer), "reward");
      thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
      thread.setDaemon(true);
      thread.start();
    } catch (IllegalArgumentException e) {
      // Without its cause, so that Quarkus prints the one sentence and no stack trace.
      throw new ConfigurationException(e.getMessage());
    }
  }

  private Map<String, String> scorerSettings() {
    String scorers = RewardConfig.SCORERS + ".";
    Map<String, String> values = new TreeMap<>();
    for (String name : properties.getPropertyNames()) {
      if (name.startsWith(scorers)) {
        String value = properties.getConfigValue(name).getValue();
        values.put(name.substring(scorers.length()), value == null ? "" : value);
      }
    }
    return values;
  }

  private void loadAndWork(RewardSettings settings, Scorer scorer) {
    try (scorer) {
      settings.threads().ifPresent(NativeThreads::set);
      loader.load(scorer);
      CallQueue<ScoreCall> queue =
          new CallQueue<>(settings.maxQueueItems(), settings.batchItems(), settings.longestWait());
      ScoreWorker worker = new ScoreWorker(queue, settings.batchItems(), scorer::score, metrics);
      metrics.watchQueue(queue::waiting);
      String version = scorer.version();
      LOG.infof(
          "Serving scorer %s, version %s, components %s",
          settings.scorer(), version, scorer.components());
      NativeThreads.spinWarning().ifPresent(LOG::warn);
      serve(new Serving(scorer, version, settings, queue, worker));
      worker.run();
    } catch (RuntimeException e) {
      LOG.errorf("Cannot serve scorer %s: %s", settings.scorer(), e.getMessage());
      LOG.debug("The cause", e);
      Quarkus.asyncExit(1);
    } finally {
      report(ServingStatus.NOT_SERVING);
    }
  }

  private synchronized void serve(Serving ready) {
    serving = ready;
    if (stopping) {
      ready.queue().close();
    } else {
      report(ServingStatus.SERVING);
    }
  }

  private void report(ServingStatus status) {
    health.setStatus(GrpcHealthStorage.DEFAULT_SERVICE_NAME, status);
    health.setStatus(RewardServiceGrpc.SERVICE_NAME, status);
  }

  /** Returns what answers, or nothing while the scorer is being loaded. */
  Optional<Serving> serving() {
    return Optional.ofNullable(serving);
  }

  /** Returns whether requests are answered. */
  boolean ready() {
    return serving != null && !stopping;
  }

  /** Returns whether the thread that loads and scores is there. */
  boolean alive() {
    return thread != null && thread.isAlive();
  }

  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    synchronized (this) {
      stopping = true;
      if (serving == null) {
        return;
      }
      serving.queue().close();
    }
    thread.join();
  }
}
