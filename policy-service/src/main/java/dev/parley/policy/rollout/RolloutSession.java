package dev.parley.policy.rollout;

import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.generation.EngineClosedException;
import dev.parley.policy.generation.InvalidRequestException;
import dev.parley.policy.generation.QueueFullException;
import dev.parley.proto.Topics;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

/**
 * One membership in the group of policies: a consumer, a producer, and the prompts in between.
 *
 * <p>Nothing outlives it but what was committed. Whatever goes wrong beyond one aborted transaction
 * ends the session, and the next one begins where the broker says that this one got to. All methods
 * but {@link #wake} belong to one thread.
 */
final class RolloutSession implements ConsumerRebalanceListener, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(RolloutSession.class);

  /** How long a poll waits if whatever may happen wakes it. */
  private static final Duration LONG_POLL = Duration.ofMillis(500);

  /** How long a poll waits if something must be looked at again soon. */
  private static final Duration SHORT_POLL = Duration.ofMillis(20);

  /** Far more than are in flight, since prompts of other runs are only passed over. */
  private static final int RECORDS_AT_ONCE = 200;

  private static final int MAX_ABORTS_IN_A_ROW = 5;

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

  private final LoopSettings settings;
  private final RolloutStarter starter;
  private final ServedVersions versions;
  private final PolicyMetrics metrics;
  private final RolloutPublisher publisher;
  private final KafkaConsumer<String, byte[]> consumer;
  private final Map<TopicPartition, Deque<PendingPrompt>> lines =
      new TreeMap<>(Comparator.comparingInt(TopicPartition::partition));
  private int abortsInARow;
  private boolean lookAgainSoon;

  /**
   * Joins the group.
   *
   * @param settings what to read and how
   * @param kafka the clients' settings: addresses, security
   * @param starter begins rollouts
   * @param versions tells what is served
   * @param metrics hears what happens
   */
  RolloutSession(
      LoopSettings settings,
      Map<String, Object> kafka,
      RolloutStarter starter,
      ServedVersions versions,
      PolicyMetrics metrics) {
    this.settings = settings;
    this.starter = starter;
    this.versions = versions;
    this.metrics = metrics;
    this.publisher = new RolloutPublisher(settings, kafka);
    try {
      this.consumer =
          new KafkaConsumer<>(
              consumerSettings(kafka), new StringDeserializer(), new ByteArrayDeserializer());
      consumer.subscribe(List.of(Topics.PROMPTS), this);
    } catch (RuntimeException e) {
      publisher.close();
      throw e;
    }
  }

  private Map<String, Object> consumerSettings(Map<String, Object> kafka) {
    Map<String, Object> client = new HashMap<>(kafka);
    int session = Math.toIntExact(settings.sessionTimeout().toMillis());
    client.put(ConsumerConfig.GROUP_ID_CONFIG, settings.groupId());
    client.put(ConsumerConfig.CLIENT_ID_CONFIG, settings.instanceId());
    client.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    client.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    client.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    client.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    client.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, RECORDS_AT_ONCE);
    client.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, session);
    client.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, Math.max(1, session / 3));
    // A policy that joins takes some partitions; what the others have begun in theirs goes on.
    client.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    return client;
  }

  /**
   * Reads, begins, publishes; waits a moment if there is nothing to do.
   *
   * @param accepting whether new prompts may be begun
   */
  void turn(boolean accepting) {
    MDC.put("version", versions.served());
    try {
      ConsumerRecords<String, byte[]> records =
          consumer.poll(lookAgainSoon ? SHORT_POLL : LONG_POLL);
      long now = System.nanoTime();
      for (ConsumerRecord<String, byte[]> record : records) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        lines.get(partition).add(new PendingPrompt(record, now, settings.runId()));
      }
    } catch (WakeupException e) {
      LOG.trace("Woken: something is finished", e);
    }
    lookAgainSoon = false;
    if (accepting) {
      beginWhatFits();
    }
    publishWhatIsDone();
    holdBackWhatWouldWait(accepting);
  }

  /** Begins waiting prompts, one of each partition in turn. */
  private void beginWhatFits() {
    boolean begun = true;
    while (begun) {
      begun = false;
      for (Deque<PendingPrompt> line : lines.values()) {
        Optional<PendingPrompt> next = line.stream().filter(PendingPrompt::waits).findFirst();
        if (next.isPresent() && inFlight() < settings.maxPromptsInFlight()) {
          begun |= begin(next.get());
        }
      }
    }
  }

  /** Returns false if it must wait. */
  private boolean begin(PendingPrompt pending) {
    Prompt prompt = pending.prompt();
    long served = versions.served();
    long waited = System.nanoTime() - pending.arrivedNanos();
    if (served < prompt.getRequiredVersion()) {
      if (waited < settings.versionWait().toNanos()) {
        lookAgainSoon = true;
        return false;
      }
      String error =
          "version %d is required, version %d is still served after %d ms%s"
              .formatted(
                  prompt.getRequiredVersion(),
                  served,
                  TimeUnit.NANOSECONDS.toMillis(waited),
                  versions.lastRefusal().map(refusal -> "; " + refusal).orElse(""));
      settle(pending, Status.STATUS_TIMED_OUT, error);
      return true;
    }
    try {
      RolloutInProgress begun = starter.start(prompt, pending.arrivedNanos());
      pending.begun(begun);
      metrics.began(served, prompt.getRequiredVersion(), waited);
      begun.result().whenComplete((rollout, failure) -> wake());
      return true;
    } catch (InvalidRequestException e) {
      settle(pending, Status.STATUS_FAILED, e.getMessage());
      return true;
    } catch (QueueFullException | EngineClosedException e) {
      LOG.debug("A prompt waits", e);
      lookAgainSoon = true;
      return false;
    } catch (RuntimeException e) {
      // Given back, it would come again and fail again, for ever.
      LOG.errorf(e, "Prompt %s could not be begun", RolloutRecords.key(prompt));
      settle(pending, Status.STATUS_FAILED, "it could not be begun: " + e);
      return true;
    }
  }

  private void settle(PendingPrompt pending, Status status, String error) {
    LOG.warnf(
        "Prompt %s (offset %d of %s-%d) is not answered: %s",
        RolloutRecords.key(pending.prompt()),
        pending.source().offset(),
        pending.source().topic(),
        pending.source().partition(),
        error);
    Rollout rollout = RolloutRecords.unanswered(pending.prompt(), status, error).build();
    pending.settle(Publication.unanswered(pending.source(), pending.arrivedNanos(), rollout));
  }

  /** Publishes each partition's finished prompts up to the first unfinished one. */
  private void publishWhatIsDone() {
    List<PendingPrompt> ready = new ArrayList<>();
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    lines.forEach(
        (partition, line) -> {
          for (PendingPrompt pending : line) {
            if (pending.publication().isEmpty()) {
              break;
            }
            ready.add(pending);
            offsets.put(partition, new OffsetAndMetadata(pending.source().offset() + 1));
          }
        });
    if (!ready.isEmpty()) {
      publish(ready, offsets);
    }
  }

  private void publish(List<PendingPrompt> ready, Map<TopicPartition, OffsetAndMetadata> offsets) {
    List<Publication> publications = new ArrayList<>();
    ready.forEach(pending -> publications.add(fitting(pending)));
    final long start = System.nanoTime();
    try {
      publisher.publish(publications, offsets, consumer.groupMetadata());
    } catch (NotCommittedException e) {
      aborted(e, ready);
      return;
    }
    abortsInARow = 0;
    offsets.keySet().forEach(partition -> lines.get(partition).removeIf(ready::contains));
    for (Publication publication : publications) {
      publication.rollout().ifPresent(rollout -> RolloutTrace.published(rollout, start));
      count(publication);
    }
  }

  /** Returns the publication, or one that says that it is too large. */
  private Publication fitting(PendingPrompt pending) {
    Publication publication = pending.publication().orElseThrow();
    int size = publication.rollout().map(Rollout::getSerializedSize).orElse(0);
    if (size > settings.maxRecordBytes()) {
      return tooLarge(
          pending,
          "the rollout has %d bytes, parley.policy.rollout.max-record-bytes is %d"
              .formatted(size, settings.maxRecordBytes()));
    }
    return stamped(publication);
  }

  private Publication stamped(Publication publication) {
    return publication.withRollout(
        rollout ->
            rollout.toBuilder()
                .setPolicyInstance(settings.instanceId())
                .setFinishedAtMs(System.currentTimeMillis())
                .build());
  }

  private Publication tooLarge(PendingPrompt pending, String error) {
    LOG.errorf("Prompt %s: %s", RolloutRecords.key(pending.prompt()), error);
    Prompt ids = RolloutRecords.idsOnly(pending.prompt());
    Rollout rollout = RolloutRecords.unanswered(ids, Status.STATUS_FAILED, error).build();
    Publication small = Publication.unanswered(pending.source(), pending.arrivedNanos(), rollout);
    pending.settle(small);
    return stamped(small);
  }

  private void aborted(NotCommittedException failure, List<PendingPrompt> ready) {
    metrics.transactionFailed();
    abortsInARow++;
    if (abortsInARow > MAX_ABORTS_IN_A_ROW) {
      throw new KafkaException(
          abortsInARow + " transactions in a row were aborted", failure.getCause());
    }
    LOG.warnf("A transaction was aborted and is tried again: %s", failure.getMessage());
    for (int index : failure.tooLarge()) {
      tooLarge(
          ready.get(index),
          "the broker does not take a rollout of this size: " + failure.getMessage());
    }
    lookAgainSoon = true;
  }

  private void count(Publication publication) {
    long nanos = System.nanoTime() - publication.arrivedNanos();
    publication
        .rollout()
        .ifPresent(
            rollout ->
                TraceContext.parse(rollout.getTraceparent())
                    .wrap(() -> metrics.committed(rollout.getStatus(), nanos))
                    .run());
    publication.promptDefect().ifPresent(e -> metrics.deadLetter(Topics.PROMPTS_DEAD_LETTER));
    publication.rolloutDefect().ifPresent(e -> metrics.deadLetter(Topics.ROLLOUTS_DEAD_LETTER));
    if (publication.rollout().isEmpty() && publication.promptDefect().isEmpty()) {
      metrics.passedOver();
    }
  }

  /** Pauses partitions whose next prompts would only wait here; polling goes on. */
  private void holdBackWhatWouldWait(boolean accepting) {
    boolean full = inFlight() >= settings.maxPromptsInFlight();
    List<TopicPartition> paused = new ArrayList<>();
    List<TopicPartition> flowing = new ArrayList<>();
    lines.forEach(
        (partition, line) -> {
          boolean waiting = line.stream().anyMatch(PendingPrompt::waits);
          (full || waiting || !accepting ? paused : flowing).add(partition);
        });
    consumer.pause(paused);
    consumer.resume(flowing);
  }

  /** Returns how many prompts are begun and not yet published. */
  int inFlight() {
    int count = 0;
    for (Deque<PendingPrompt> line : lines.values()) {
      for (PendingPrompt pending : line) {
        count += pending.inFlight() ? 1 : 0;
      }
    }
    return count;
  }

  /** Returns how many prompts of this session's partitions nobody has begun, as far as known. */
  long lag() {
    long lag = 0;
    for (Map.Entry<TopicPartition, Deque<PendingPrompt>> line : lines.entrySet()) {
      lag += consumer.currentLag(line.getKey()).orElse(0);
      lag += line.getValue().stream().filter(PendingPrompt::waits).count();
    }
    return lag;
  }

  /** Ends the wait for records, from any thread. */
  void wake() {
    consumer.wakeup();
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    partitions.forEach(partition -> lines.put(partition, new ArrayDeque<>()));
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    publishWhatIsDone();
    partitions.forEach(this::giveBack);
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    partitions.forEach(this::giveBack);
  }

  private void giveBack(TopicPartition partition) {
    Deque<PendingPrompt> line = lines.remove(partition);
    if (line != null) {
      metrics.givenBack((int) line.stream().filter(PendingPrompt::inFlight).count());
      line.forEach(PendingPrompt::cancel);
    }
  }

  /** Gives back what is not published, and leaves the group. */
  @Override
  public void close() {
    List.copyOf(lines.keySet()).forEach(this::giveBack);
    try {
      consumer.close(CLOSE_PATIENCE);
    } finally {
      publisher.close();
    }
  }
}
