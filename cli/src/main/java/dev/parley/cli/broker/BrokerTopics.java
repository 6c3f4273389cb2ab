package dev.parley.cli.broker;

import dev.parley.proto.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/** Parley's topics, made where they are missing. */
final class BrokerTopics {

  /** Topics whose messages are divided by key among several consumers. */
  private static final List<String> DIVIDED = List.of(Topics.PROMPTS, Topics.ROLLOUTS);

  /** Topics that are read whole and in order. */
  private static final List<String> WHOLE =
      List.of(
          Topics.PREFERENCES,
          Topics.DEMONSTRATIONS,
          Topics.RUN_EVENTS,
          Topics.VERSION_FILES,
          Topics.PROMPTS_DEAD_LETTER,
          Topics.ROLLOUTS_DEAD_LETTER);

  /** Of which only the newest message of each key is kept. */
  private static final String COMPACTED = Topics.POLICY_VERSIONS;

  private static final Set<String> DEAD_LETTERS =
      Set.of(Topics.PROMPTS_DEAD_LETTER, Topics.ROLLOUTS_DEAD_LETTER);

  private static final String CLEANUP = TopicConfig.CLEANUP_POLICY_CONFIG;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private BrokerTopics() {}

  /**
   * Makes the topics that are missing. One that is there is left as it is.
   *
   * @param client settings of a Kafka client
   * @param settings what the topics are like
   * @return the topics that were made
   * @throws InterruptedException if the thread is interrupted
   * @throws IllegalStateException if the brokers do not answer, or refuse
   */
  static Set<String> create(Map<String, Object> client, TopicSettings settings)
      throws InterruptedException {
    Map<String, Object> patient = new HashMap<>(client);
    patient.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
    Set<String> made = new TreeSet<>();
    try (Admin admin = Admin.create(patient)) {
      Set<String> present = admin.listTopics().names().get();
      List<NewTopic> missing =
          all(settings).stream().filter(topic -> !present.contains(topic.name())).toList();
      for (Map.Entry<String, KafkaFuture<Void>> created :
          admin.createTopics(missing).values().entrySet()) {
        if (await(created.getValue())) {
          made.add(created.getKey());
        }
      }
      return made;
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "the broker refuses Parley's topics: " + e.getCause().getMessage(), e.getCause());
    }
  }

  /** Waits, and returns whether the topic is new. */
  private static boolean await(KafkaFuture<Void> created)
      throws InterruptedException, ExecutionException {
    try {
      created.get();
      return true;
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
      return false;
    }
  }

  private static List<NewTopic> all(TopicSettings settings) {
    List<NewTopic> topics = new ArrayList<>();
    DIVIDED.forEach(name -> topics.add(kept(name, settings.partitions(), settings)));
    WHOLE.forEach(name -> topics.add(kept(name, 1, settings)));
    topics.add(topic(COMPACTED, 1, settings, Map.of(CLEANUP, TopicConfig.CLEANUP_POLICY_COMPACT)));
    return topics;
  }

  /** A topic whose records are kept for a time. */
  private static NewTopic kept(String name, int partitions, TopicSettings settings) {
    Duration retention =
        DEAD_LETTERS.contains(name) ? settings.deadLetterRetention() : settings.retention();
    return topic(
        name,
        partitions,
        settings,
        Map.of(
            CLEANUP,
            TopicConfig.CLEANUP_POLICY_DELETE,
            TopicConfig.RETENTION_MS_CONFIG,
            Long.toString(retention.toMillis())));
  }

  private static NewTopic topic(
      String name, int partitions, TopicSettings settings, Map<String, String> own) {
    Map<String, String> all = new HashMap<>(own);
    all.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(settings.maxMessageBytes()));
    if (settings.copies() > 1) {
      all.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, Integer.toString(settings.minInSync()));
    }
    return new NewTopic(name, partitions, (short) settings.copies()).configs(all);
  }
}
