package dev.parley.policy.rollout;

import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.generation.GenerationEngine;
import dev.parley.policy.generation.JobPlanner;
import dev.parley.policy.prompt.PromptEncoder;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The loop over a run's prompts, with its channels to the other services and its threads. */
public final class Rollouts implements AutoCloseable {

  /** A group of long conversations is larger than gRPC's 4 MiB. */
  private static final int LARGEST_MESSAGE = 64 << 20;

  /**
   * After so much silence a call asks whether anybody is there: a lost machine says no farewell.
   */
  private static final Duration SILENCE = Duration.ofSeconds(20);

  private final List<ManagedChannel> channels = new ArrayList<>();
  private final ExecutorService executor;
  private final RolloutLoop loop;

  /**
   * Prepares; {@link #start} begins.
   *
   * @param settings what to read and how
   * @param kafka the clients' settings: addresses, security
   * @param reward scores answers, if there is such a service
   * @param reference gives reference log-probabilities, if there is such a service
   * @param encoder makes tokens
   * @param planner checks what is asked
   * @param engine answers
   * @param versions tells what is served
   * @param metrics hears what happens
   */
  public Rollouts(
      LoopSettings settings,
      Map<String, Object> kafka,
      Optional<RemoteService> reward,
      Optional<RemoteService> reference,
      PromptEncoder encoder,
      JobPlanner planner,
      GenerationEngine engine,
      ServedVersions versions,
      PolicyMetrics metrics) {
    AtomicInteger number = new AtomicInteger();
    this.executor =
        Executors.newFixedThreadPool(
            2 * settings.maxPromptsInFlight(),
            task -> {
              Thread thread = new Thread(task, "inquiry-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    Optional<ScoreClient> rewards =
        reward.map(
            service -> {
              ManagedChannel channel = open(service);
              return new ScoreClient(
                  channel, PatientCall.of(ScoreClient.SERVICE, service.call(), metrics, channel));
            });
    Optional<ReferenceClient> references =
        reference.map(
            service -> {
              ManagedChannel channel = open(service);
              return new ReferenceClient(
                  channel,
                  PatientCall.of(ReferenceClient.SERVICE, service.call(), metrics, channel));
            });
    RolloutMaker maker =
        new RolloutMaker(encoder, planner, engine, rewards, references, executor, metrics);
    this.loop = new RolloutLoop(settings, kafka, maker, versions, metrics);
  }

  private ManagedChannel open(RemoteService service) {
    ManagedChannel channel = channel(service);
    channels.add(channel);
    return channel;
  }

  /** Opens a channel to another service. */
  static ManagedChannel channel(RemoteService service) {
    return ManagedChannelBuilder.forTarget(service.target())
        .usePlaintext()
        .defaultLoadBalancingPolicy("round_robin")
        .maxInboundMessageSize(LARGEST_MESSAGE)
        .keepAliveTime(SILENCE.toSeconds(), TimeUnit.SECONDS)
        .build();
  }

  /** Starts to read prompts. */
  public void start() {
    loop.start();
  }

  /** Has waiting prompts looked at again: another version is served. */
  public void wake() {
    loop.wake();
  }

  /** Returns whether no more prompts are begun. */
  boolean draining() {
    return loop.draining();
  }

  /** Returns whether the loop's thread is there. */
  public boolean alive() {
    return loop.alive();
  }

  /**
   * Begins no more prompts, waits for those that are begun, and leaves the group.
   *
   * @param patience after which unfinished prompts go back to the topic
   */
  public void drain(Duration patience) throws InterruptedException {
    loop.drain(patience);
    close();
  }

  /** Gives all back at once, and closes the channels. */
  @Override
  public void close() {
    loop.close();
    executor.shutdownNow();
    channels.forEach(ManagedChannel::shutdownNow);
    for (ManagedChannel channel : channels) {
      try {
        channel.awaitTermination(1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
