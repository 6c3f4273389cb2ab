package dev.parley.cli.broker;

import dev.parley.proto.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Parley's topics. A rollout holds a group of answers with their log-probabilities, hence the size
 * of messages.
 */
final class BrokerTopics {

  static final int LARGEST_MESSAGE = 16 << 20;

  /** Topics whose messages are divided by key among several consumers. */
  private static final List<String> DIVIDED = List.of(Topics.PROMPTS, Topics.ROLLOUTS);

  /** Topics that are read whole and in order. */
  private static final List<String> WHOLE =
      List.of(
          Topics.PREFERENCES,
          Topics.DEMONSTRATIONS,
          Topics.RUN_EVENTS,
          Topics.PROMPTS_DEAD_LETTER,
          Topics.ROLLOUTS_DEAD_LETTER);

  /** Of which only the newest message of each key is kept. */
  private static final String COMPACTED = Topics.POLICY_VERSIONS;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private BrokerTopics() {}

  /**
   * Makes the topics that are missing. One that is there is left as it is.
   *
   * @param bootstrap the broker's address
   * @param partitions partitions of prompts and rollouts
   * @throws InterruptedException if the thread is interrupted
   * @throws IllegalStateException if the broker refuses
   */
  static void create(String bootstrap, int partitions) throws InterruptedException {
    Map<String, Object> settings =
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrap,
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            (int) PATIENCE.toMillis());
    try (Admin admin = Admin.create(settings)) {
      Set<String> present = admin.listTopics().names().get();
      List<NewTopic> missing =
          all(partitions).stream().filter(topic -> !present.contains(topic.name())).toList();
      for (Map.Entry<String, KafkaFuture<Void>> created :
          admin.createTopics(missing).values().entrySet()) {
        await(created.getValue());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("the broker refuses Parley's topics", e.getCause());
    }
  }

  private static void await(KafkaFuture<Void> created)
      throws InterruptedException, ExecutionException {
    try {
      created.get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
    }
  }

  private static List<NewTopic> all(int partitions) {
    List<NewTopic> topics = new ArrayList<>();
    DIVIDED.forEach(name -> topics.add(topic(name, partitions, TopicConfig.CLEANUP_POLICY_DELETE)));
    WHOLE.forEach(name -> topics.add(topic(name, 1, TopicConfig.CLEANUP_POLICY_DELETE)));
    topics.add(topic(COMPACTED, 1, TopicConfig.CLEANUP_POLICY_COMPACT));
    return topics;
  }

  private static NewTopic topic(String name, int partitions, String cleanup) {
    Map<String, String> settings = new HashMap<>();
    settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, cleanup);
    settings.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(LARGEST_MESSAGE));
    return new NewTopic(name, partitions, (short) 1).configs(settings);
  }
}
