package dev.parley.reference;

import dev.parley.model.torchscript.GpuMemory;
import dev.parley.model.torchscript.NativeThreads;
import dev.parley.proto.reference.v1.ReferenceServiceGrpc;
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
import java.util.Optional;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/** Brings model and worker up when the service starts and takes them down when it ends. */
@Singleton
public class ReferenceServer {

  private static final Logger LOG = Logger.getLogger(ReferenceServer.class);

  private final ReferenceConfig config;
  private final Config properties;
  private final ReferenceModels models;
  private final ReferenceMetrics metrics;
  private final GrpcHealthStorage health;
  private volatile Serving serving;
  private volatile boolean stopping;
  private Thread thread;

  /** Takes what the container gives. */
  public ReferenceServer(
      ReferenceConfig config,
      Config properties,
      ReferenceModels models,
      ReferenceMetrics metrics,
      @Any GrpcHealthStorage health) {
    this.config = config;
    this.properties = properties;
    this.models = models;
    this.metrics = metrics;
    this.health = health;
  }

  /**
   * What answers once the model is loaded.
   *
   * @param model the model
   * @param settings what the service was started with
   * @param queue takes calls
   * @param worker computes them
   */
  record Serving(
      ReferenceModel model,
      ReferenceSettings settings,
      CallQueue<LogProbsCall> queue,
      LogProbsWorker worker) {}

  void start(@Observes StartupEvent event) {
    ReferenceSettings settings = settings();
    report(ServingStatus.NOT_SERVING);
    thread = new Thread(() -> loadAndWork(settings), "reference");
    thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    thread.setDaemon(true);
    thread.start();
  }

  private ReferenceSettings settings() {
    try {
      SettingKeys.of(ReferenceConfig.class).check(properties.getPropertyNames());
      return ReferenceSettings.of(config);
    } catch (IllegalArgumentException e) {
      // Without its cause, so that Quarkus prints the one sentence and no stack trace.
      throw new ConfigurationException(e.getMessage());
    }
  }

  private void loadAndWork(ReferenceSettings settings) {
    try (ReferenceModel model = models.open(settings)) {
      CallQueue<LogProbsCall> queue =
          new CallQueue<>(
              settings.maxQueueTokens(), settings.batch().tokens(), settings.longestWait());
      LogProbsWorker worker = new LogProbsWorker(queue, settings.batch(), model, metrics);
      metrics.watchQueue(queue::waiting);
      GpuMemory.of(settings.engine()).ifPresent(metrics::watchGpu);
      LOG.infof(
          "Serving %s %s, digest %s, on %s in %s with %d threads",
          model.architecture(),
          settings.model(),
          model.digest(),
          settings.engine().deviceName(),
          settings.engine().precision(),
          NativeThreads.get());
      NativeThreads.spinWarning().ifPresent(LOG::warn);
      serve(new Serving(model, settings, queue, worker));
      worker.run();
    } catch (RuntimeException e) {
      LOG.errorf("Cannot serve the reference model: %s", e.getMessage());
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
    health.setStatus(ReferenceServiceGrpc.SERVICE_NAME, status);
  }

  /** Returns what answers, or nothing while the model is being loaded. */
  Optional<Serving> serving() {
    return Optional.ofNullable(serving);
  }

  /** Returns whether requests are answered. */
  boolean ready() {
    return serving != null && !stopping;
  }

  /** Returns whether the thread that loads and computes is there. */
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
