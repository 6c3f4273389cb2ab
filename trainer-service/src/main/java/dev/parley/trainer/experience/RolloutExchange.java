package dev.parley.trainer.experience;

import dev.parley.proto.BrokerAccess;
import dev.parley.proto.Topics;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.version.v1.PolicyVersion;
import dev.parley.proto.version.v1.VersionFile;
import dev.parley.proto.version.v1.VersionReference;
import dev.parley.trainer.checkpoint.VersionStore;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jboss.logging.Logger;

/**
 * What the trainer and the policies say to each other, over Kafka: versions and prompts go out,
 * rollouts come in.
 */
public final class RolloutExchange implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(RolloutExchange.class);

  private final String runId;
  private final Clock clock;
  private final Producer<String, byte[]> producer;
  private final PromptFeed feed;
  private final RolloutSource source;
  private final String bootstrapServers;
  private final boolean readAlong;

  /**
   * Where a run stands in the log.
   *
   * @param rollouts from where rollouts are to be read, by partition
   * @param prompts from where the run's prompts were written, by partition
   */
  public record Place(Map<Integer, Long> rollouts, Map<Integer, Long> prompts) {

    /** Copies the maps. */
    public Place {
      rollouts = Map.copyOf(rollouts);
      prompts = Map.copyOf(prompts);
    }

    /** Returns the end of the log as it is now: where a new run begins. */
    public static Place end(String bootstrapServers) {
      return new Place(
          RolloutSource.endOffsets(bootstrapServers, Topics.ROLLOUTS),
          RolloutSource.endOffsets(bootstrapServers, Topics.PROMPTS));
    }
  }

  /**
   * Joins the exchange.
   *
   * @param bootstrapServers of the brokers
   * @param runId the run
   * @param place where it stands in the log
   * @param consumedUpdate the last update whose rollouts have been learnt from
   * @param clock for the events' times
   * @param warnings told of records that cannot be read: a code and a message
   */
  public RolloutExchange(
      String bootstrapServers,
      String runId,
      Place place,
      long consumedUpdate,
      Clock clock,
      BiConsumer<String, String> warnings) {
    this.bootstrapServers = bootstrapServers;
    this.runId = runId;
    this.clock = clock;
    this.producer = producer(bootstrapServers);
    Set<String> sent = PromptFeed.sentSince(bootstrapServers, runId, place.prompts());
    this.feed = new PromptFeed(producer, runId, sent);
    this.source =
        new RolloutSource(bootstrapServers, runId, place.rollouts(), consumedUpdate, warnings);
    this.readAlong = source.topicExists(Topics.VERSION_FILES);
    if (!readAlong) {
      LOG.warnf(
          "The broker has no topic \"%s\": policies will read new weights when they are announced,"
              + " not while they are written. \"parley topics create\" makes it",
          Topics.VERSION_FILES);
    }
  }

  /** Makes a producer whose records are written once and in order. */
  static Producer<String, byte[]> producer(String bootstrapServers) {
    Map<String, Object> settings = new HashMap<>(BrokerAccess.ofProcess());
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 16 << 20);
    return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
  }

  /**
   * Tells the policies of a file of weights that are about to be announced, so that they read
   * along. A policy that does not hear of it reads the file when the version is announced: what the
   * broker does not take is logged.
   *
   * @param file which, where
   */
  public void written(VersionStore.WrittenFile file) {
    if (!readAlong) {
      return;
    }
    VersionFile message =
        VersionFile.newBuilder()
            .setRunId(runId)
            .setVersion(file.number())
            .setFileUri(file.path().toAbsolutePath().toUri().toString())
            .setChecksum(file.checksum())
            .setFiles(file.files())
            .build();
    producer.send(
        new ProducerRecord<>(Topics.VERSION_FILES, runId, message.toByteArray()),
        (metadata, failure) -> {
          if (failure != null) {
            LOG.warnf(
                "The broker did not take the news of %s; policies read it later: %s",
                file.path(), failure);
          }
        });
  }

  /**
   * Announces weights to the policies.
   *
   * @param number the version
   * @param checksum that policies must find
   * @param directory where the model directory is
   * @param update updates that the weights have seen
   */
  public void announce(long number, String checksum, Path directory, long update) {
    PolicyVersion version =
        PolicyVersion.newBuilder()
            .setRunId(runId)
            .setVersion(VersionReference.newBuilder().setVersion(number).setChecksum(checksum))
            .setCheckpointUri(directory.toAbsolutePath().toUri().toString())
            .setAnnouncedAtMs(clock.millis())
            .setUpdate(update)
            .build();
    try {
      producer
          .send(new ProducerRecord<>(Topics.POLICY_VERSIONS, runId, version.toByteArray()))
          .get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a version was being announced", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the broker did not take version " + number, e.getCause());
    }
  }

  /**
   * Asks for answers; a prompt that was asked before, in this process or an earlier one, is not.
   */
  public void ask(List<Prompt> prompts) {
    feed.send(prompts);
  }

  /** Returns whether all of these were asked before, in this process or an earlier one. */
  public boolean haveAsked(List<Prompt> prompts) {
    return feed.haveSent(prompts);
  }

  /**
   * Waits for rollouts of an update; {@link #finish} says that no more of it are wanted.
   *
   * @param update the update, which must be the next
   * @param promptIds some of its prompts
   * @param patience how long to wait while nothing at all arrives
   * @param stop ends the wait early
   * @param arrived told how many of them are here, each time that some have come
   * @return the rollouts in the order of the prompts; fewer than asked for only if stopped
   * @throws IllegalStateException if nothing arrived for too long; the message says what to look at
   */
  public List<Rollout> await(
      long update,
      List<String> promptIds,
      Duration patience,
      BooleanSupplier stop,
      IntConsumer arrived) {
    long lastArrival = System.nanoTime();
    Set<String> here = source.arrived(update);
    while (!here.containsAll(promptIds) && !stop.getAsBoolean()) {
      if (source.poll()) {
        lastArrival = System.nanoTime();
        here = source.arrived(update);
        arrived.accept(count(promptIds, here));
      } else if (System.nanoTime() - lastArrival > patience.toNanos()) {
        throw new IllegalStateException(
            "no rollout of run "
                + runId
                + " has arrived for "
                + patience.toSeconds()
                + " s; "
                + count(promptIds, here)
                + " of "
                + promptIds.size()
                + " of update "
                + update
                + " are here. Check that a policy service runs with parley.policy.run-id="
                + runId
                + " and reads the broker at "
                + bootstrapServers);
      }
    }
    return here.containsAll(promptIds) ? source.find(update, promptIds) : List.of();
  }

  private static int count(List<String> promptIds, Set<String> here) {
    return (int) promptIds.stream().filter(here::contains).count();
  }

  /**
   * Forgets the rollouts of an update, which has all that it needs: a restarted trainer need not
   * read them again.
   */
  public void finish(long update) {
    source.finish(update);
  }

  /** Returns from where a restarted trainer must read rollouts. */
  public Map<Integer, Long> rolloutOffsets() {
    return source.offsets();
  }

  /** Returns how many committed rollouts are left to read, as far as the newest reading knows. */
  public long lag() {
    return source.lag();
  }

  /** Returns how many rollouts came a second time, and were passed over. */
  public long duplicates() {
    return source.duplicates();
  }

  @Override
  public void close() {
    source.close();
    producer.close();
  }
}
