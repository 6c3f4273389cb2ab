package dev.parley.policy.serving;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import dev.parley.model.LanguageModel;
import dev.parley.model.weights.EarlyWeights;
import dev.parley.policy.PolicyMetrics;
import dev.parley.proto.Topics;
import dev.parley.proto.version.v1.PolicyVersion;
import dev.parley.proto.version.v1.VersionFile;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

/**
 * Follows the announcements of one run, and has the newest one served.
 *
 * <p>One thread reads the topic from its beginning; another loads, so that an announcement that
 * comes while its forerunner is being loaded replaces what waits. The last record is the truth: a
 * trainer that goes back announces a lower number. Files of a version that are there before its
 * announcement are read by then ({@link ReadAlong}).
 */
public final class VersionFollower implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(VersionFollower.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

  private final String runId;
  private final Map<String, Object> kafka;
  private final CheckpointLoader loader;
  private final ReadAlong readAlong;
  private final WeightSwap swap;
  private final PolicyMetrics metrics;
  private final Runnable onServed;
  private final Thread reader = new Thread(this::read, "policy-versions");
  private final Thread worker = new Thread(this::work, "checkpoint-loader");
  private final CompletableFuture<Void> caughtUp = new CompletableFuture<>();
  private final Object mailbox = new Object();
  // Guarded by the mailbox.
  private PolicyVersion newest;
  private boolean endSeen;
  private boolean loading;
  private boolean closed;
  private volatile KafkaConsumer<String, byte[]> consumer;
  private volatile Optional<String> lastRefusal = Optional.empty();

  /**
   * Prepares; {@link #start} begins.
   *
   * @param runId whose announcements to follow
   * @param kafka the client's settings: addresses, security
   * @param loader loads weights
   * @param swap owns the running weights
   * @param metrics hears of refusals
   * @param onServed is called after each exchange
   */
  public VersionFollower(
      String runId,
      Map<String, Object> kafka,
      CheckpointLoader loader,
      WeightSwap swap,
      PolicyMetrics metrics,
      Runnable onServed) {
    this.runId = runId;
    this.kafka = new HashMap<>(kafka);
    this.loader = loader;
    this.readAlong = new ReadAlong(loader::room, metrics::readAlong);
    this.swap = swap;
    this.metrics = metrics;
    this.onServed = onServed;
    reader.setDaemon(true);
    worker.setDaemon(true);
  }

  /** Starts both threads. */
  public void start() {
    reader.start();
    worker.start();
  }

  /** Completes when all that was announced before the start is served, or was refused. */
  public CompletableFuture<Void> caughtUp() {
    return caughtUp;
  }

  /** Returns why the announcement seen last is not served, if it was refused. */
  public Optional<String> lastRefusal() {
    return lastRefusal;
  }

  private void read() {
    while (!closed()) {
      try (KafkaConsumer<String, byte[]> opened =
          new KafkaConsumer<>(settings(), new StringDeserializer(), new ByteArrayDeserializer())) {
        consumer = opened;
        follow(opened);
      } catch (WakeupException e) {
        LOG.debug("Woken to end", e);
      } catch (KafkaException e) {
        LOG.warnf("Cannot read %s, will try again: %s", Topics.POLICY_VERSIONS, e.getMessage());
        pause();
      }
    }
  }

  private Map<String, Object> settings() {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    // A topic that the broker made by itself would not be compacted.
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 10_000);
    return settings;
  }

  private void follow(KafkaConsumer<String, byte[]> opened) {
    List<TopicPartition> partitions = awaitTopic(opened);
    List<TopicPartition> files = topicOfFiles(opened);
    opened.assign(Stream.of(partitions, files).flatMap(List::stream).toList());
    opened.seekToBeginning(partitions);
    opened.seekToEnd(files);
    Map<TopicPartition, Long> ends = opened.endOffsets(partitions);
    PolicyVersion latest = null;
    while (!closed()) {
      for (ConsumerRecord<String, byte[]> record : opened.poll(POLL)) {
        if (record.topic().equals(Topics.VERSION_FILES)) {
          file(record).filter(file -> idle()).ifPresent(readAlong::read);
        } else {
          latest = announcement(record).orElse(latest);
        }
      }
      // What was announced before the latest is history, and is not served on the way to it.
      if (partitions.stream().allMatch(p -> opened.position(p) >= ends.get(p))) {
        post(latest);
        latest = null;
      }
    }
  }

  private List<TopicPartition> awaitTopic(KafkaConsumer<String, byte[]> opened) {
    boolean told = false;
    while (!closed()) {
      List<TopicPartition> partitions = partitions(opened, Topics.POLICY_VERSIONS);
      if (!partitions.isEmpty()) {
        return partitions;
      }
      if (!told) {
        LOG.warnf(
            "There is no topic %s yet; new weights cannot be announced before it is made"
                + " (compacted)",
            Topics.POLICY_VERSIONS);
        told = true;
        post(null);
      }
      pause();
    }
    return List.of();
  }

  /** Empty if there is none: an older installation has not, and nothing depends on it. */
  private static List<TopicPartition> topicOfFiles(KafkaConsumer<String, byte[]> opened) {
    List<TopicPartition> partitions;
    try {
      partitions = partitions(opened, Topics.VERSION_FILES);
    } catch (TopicAuthorizationException e) {
      partitions = List.of();
    }
    if (partitions.isEmpty()) {
      LOG.warnf(
          "There is no topic %s that this service may read: new weights are read when they are"
              + " announced, not while they are written",
          Topics.VERSION_FILES);
    }
    return partitions;
  }

  private static List<TopicPartition> partitions(
      KafkaConsumer<String, byte[]> opened, String topic) {
    return opened.partitionsFor(topic).stream()
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .toList();
  }

  private Optional<VersionFile> file(ConsumerRecord<String, byte[]> record) {
    return message(record, VersionFile.parser(), VersionFile::getRunId);
  }

  private Optional<PolicyVersion> announcement(ConsumerRecord<String, byte[]> record) {
    return message(record, PolicyVersion.parser(), PolicyVersion::getRunId);
  }

  /** Returns what a record says, if it is of this run. */
  private <T> Optional<T> message(
      ConsumerRecord<String, byte[]> record, Parser<T> parser, Function<T, String> run) {
    if (record.value() == null) {
      return Optional.empty();
    }
    try {
      T message = parser.parseFrom(record.value());
      return Optional.of(message).filter(said -> run.apply(said).equals(runId));
    } catch (InvalidProtocolBufferException e) {
      LOG.warnf(
          "Record %d of %s-%d cannot be read and is passed over: %s",
          record.offset(), record.topic(), record.partition(), e.getMessage());
      return Optional.empty();
    }
  }

  /** While a version is being loaded there is no room for a third. */
  private boolean idle() {
    synchronized (mailbox) {
      return newest == null && !loading;
    }
  }

  /** The reader is at the end of the topic; the latest announcement, if there is a new one. */
  private void post(PolicyVersion latest) {
    synchronized (mailbox) {
      if (latest != null) {
        metrics.announced(latest.getVersion().getVersion());
        newest = latest;
        mailbox.notifyAll();
      }
      endSeen = true;
      completeIfIdle();
    }
  }

  private void completeIfIdle() {
    if (endSeen && newest == null && !loading) {
      caughtUp.complete(null);
    }
  }

  private void work() {
    try {
      PolicyVersion announced = take();
      while (announced != null) {
        serve(announced);
        announced = take();
      }
    } catch (InterruptedException e) {
      LOG.debug("Interrupted to end", e);
    }
  }

  /** Waits for the newest announcement; returns null when closed. */
  private PolicyVersion take() throws InterruptedException {
    synchronized (mailbox) {
      loading = false;
      completeIfIdle();
      while (newest == null && !closed) {
        mailbox.wait();
      }
      PolicyVersion taken = closed ? null : newest;
      newest = null;
      loading = true;
      return taken;
    }
  }

  private void serve(PolicyVersion announced) throws InterruptedException {
    long number = announced.getVersion().getVersion();
    MDC.put("version", number);
    if (announced.getVersion().equals(swap.served().toProto())) {
      return;
    }
    long start = System.nanoTime();
    Optional<EarlyWeights> early = readAlong.take(number);
    try (LanguageModel candidate = loader.load(announced, early)) {
      swap.swap(candidate.weights(), ServedVersion.of(announced.getVersion())).join();
      lastRefusal = Optional.empty();
      long nanos = System.nanoTime() - start;
      metrics.loaded(nanos);
      LOG.infof(
          "Serving version %s after %d ms%s",
          swap.served(),
          nanos / 1_000_000,
          early.isPresent() ? ", read along as it was written" : "");
      onServed.run();
    } catch (CheckpointRefusedException e) {
      refuse(number, e.reason().name().toLowerCase(Locale.ROOT), e.getMessage());
    } catch (CompletionException e) {
      refuse(number, "swap", e.getCause().getMessage());
    } catch (RuntimeException e) {
      refuse(number, "load", e.toString());
    }
  }

  private void refuse(long number, String reason, String message) {
    if (closed()) {
      return;
    }
    LOG.errorf("Version %d is refused, %s goes on: %s", number, swap.served(), message);
    lastRefusal = Optional.of("version " + number + " was refused: " + message);
    metrics.swapRefused(reason);
  }

  private boolean closed() {
    synchronized (mailbox) {
      return closed;
    }
  }

  private void pause() {
    synchronized (mailbox) {
      long deadline = System.nanoTime() + PAUSE_AFTER_FAILURE.toNanos();
      long left = PAUSE_AFTER_FAILURE.toMillis();
      while (!closed && left > 0) {
        try {
          mailbox.wait(left);
        } catch (InterruptedException e) {
          closed = true;
        }
        left = (deadline - System.nanoTime()) / 1_000_000;
      }
    }
  }

  /** Ends all threads; what is being loaded is not waited for. */
  @Override
  public void close() {
    synchronized (mailbox) {
      closed = true;
      mailbox.notifyAll();
    }
    KafkaConsumer<String, byte[]> open = consumer;
    if (open != null) {
      open.wakeup();
    }
    readAlong.close();
  }
}
