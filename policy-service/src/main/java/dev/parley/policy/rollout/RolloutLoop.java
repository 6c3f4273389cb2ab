package dev.parley.policy.rollout;

import dev.parley.policy.PolicyMetrics;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/**
 * Answers the prompts of one run until it is told to stop: one session after the other, should one
 * break.
 */
public final class RolloutLoop implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(RolloutLoop.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** A session that lasted this long was a good one, and the next pause is a short one. */
  private static final long LASTING_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final long LAG_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LoopSettings settings;
  private final Map<String, Object> kafka;
  private final RolloutStarter starter;
  private final ServedVersions versions;
  private final PolicyMetrics metrics;
  private final Thread thread = new Thread(this::run, "rollouts");
  private final AtomicReference<RolloutSession> current = new AtomicReference<>();
  private final Object stopped = new Object();
  private volatile boolean draining;
  private volatile long drainDeadline;
  private volatile int inFlight;
  private volatile long lag;
  private long lagReadAt;

  /**
   * Prepares; {@link #start} begins.
   *
   * @param settings what to read and how
   * @param kafka the clients' settings: addresses, security
   * @param starter begins rollouts
   * @param versions tells what is served
   * @param metrics hears what happens
   */
  RolloutLoop(
      LoopSettings settings,
      Map<String, Object> kafka,
      RolloutStarter starter,
      ServedVersions versions,
      PolicyMetrics metrics) {
    this.settings = settings;
    this.kafka = Map.copyOf(kafka);
    this.starter = starter;
    this.versions = versions;
    this.metrics = metrics;
    metrics.watchLoop(() -> inFlight, () -> lag);
    thread.setDaemon(true);
  }

  /** Starts the thread. */
  public void start() {
    thread.start();
  }

  /** Returns whether no more prompts are begun. */
  boolean draining() {
    return draining;
  }

  /** Returns whether the thread is there. */
  public boolean alive() {
    return thread.isAlive();
  }

  /** Has waiting prompts looked at again: another version is served. */
  public void wake() {
    RolloutSession session = current.get();
    if (session != null) {
      session.wake();
    }
  }

  private void run() {
    long pause = FIRST_PAUSE.toNanos();
    while (!draining) {
      long opened = System.nanoTime();
      try (RolloutSession session =
          new RolloutSession(settings, kafka, starter, versions, metrics)) {
        current.set(session);
        turn(session);
      } catch (RuntimeException e) {
        LOG.warnf("The session with the broker broke; what was not committed is begun anew: %s", e);
        LOG.debug("The cause", e);
        metrics.sessionBroke();
        boolean lasted = System.nanoTime() - opened > LASTING_NANOS;
        pause = lasted ? FIRST_PAUSE.toNanos() : Math.min(2 * pause, LONGEST_PAUSE.toNanos());
        rest(pause);
      } finally {
        current.set(null);
        inFlight = 0;
      }
    }
  }

  private void turn(RolloutSession session) {
    LOG.infof(
        "Answering prompts of run %s as %s, %d at once",
        settings.runId(), settings.instanceId(), settings.maxPromptsInFlight());
    while (!draining || session.inFlight() > 0 && System.nanoTime() - drainDeadline < 0) {
      session.turn(!draining);
      inFlight = session.inFlight();
      if (System.nanoTime() - lagReadAt > LAG_EVERY_NANOS) {
        lagReadAt = System.nanoTime();
        lag = session.lag();
      }
    }
    if (session.inFlight() > 0) {
      LOG.warnf("%d unfinished prompts go back to the topic", session.inFlight());
    }
  }

  private void rest(long nanos) {
    long deadline = System.nanoTime() + nanos;
    synchronized (stopped) {
      long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
      while (!draining && millis > 0) {
        try {
          stopped.wait(millis);
        } catch (InterruptedException e) {
          draining = true;
        }
        millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      }
    }
  }

  /**
   * Begins no more prompts, waits for those that are begun, and leaves the group.
   *
   * @param patience after which unfinished prompts go back to the topic
   */
  public void drain(Duration patience) throws InterruptedException {
    synchronized (stopped) {
      drainDeadline = System.nanoTime() + patience.toNanos();
      draining = true;
      stopped.notifyAll();
    }
    wake();
    thread.join();
  }

  /** Gives all back at once. */
  @Override
  public void close() {
    try {
      drain(Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
