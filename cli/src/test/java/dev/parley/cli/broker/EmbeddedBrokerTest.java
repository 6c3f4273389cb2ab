package dev.parley.cli.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.process.Ports;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {

  private static final List<String> ALL =
      List.of(
          "prompts",
          "rollouts",
          "policy-versions",
          "version-files",
          "preferences",
          "demonstrations",
          "run-events",
          "prompts.dead-letter",
          "rollouts.dead-letter");

  @TempDir Path data;

  @Test
  void topicsAreMadeWithPartitionsSizesAndCompaction() throws Exception {
    try (EmbeddedBroker broker = start();
        Admin admin = Admin.create(client(broker))) {
      RunningBroker.topics(broker.bootstrap(), 3);

      Map<String, TopicDescription> topics = admin.describeTopics(ALL).allTopicNames().get();
      assertThat(topics.get("prompts").partitions()).hasSize(3);
      assertThat(topics.get("rollouts").partitions()).hasSize(3);
      assertThat(topics.get("policy-versions").partitions()).hasSize(1);
      for (String topic : ALL) {
        assertThat(setting(admin, topic, "max.message.bytes")).as(topic).isEqualTo("16777216");
        assertThat(setting(admin, topic, "cleanup.policy"))
            .as(topic)
            .isEqualTo(topic.equals("policy-versions") ? "compact" : "delete");
      }
    }
  }

  @Test
  void recordsOutliveTheBrokerAndTopicsAreLeftAsTheyAre() throws Exception {
    byte[] large = new byte[10 << 20];
    large[large.length - 1] = 7;
    try (EmbeddedBroker broker = start()) {
      RunningBroker.topics(broker.bootstrap(), 2);
      try (KafkaProducer<byte[], byte[]> producer = producer(broker, 20 << 20)) {
        producer.send(new ProducerRecord<>("rollouts", 1, null, large)).get();
      }
    }
    try (EmbeddedBroker broker = start();
        Admin admin = Admin.create(client(broker))) {
      RunningBroker.topics(broker.bootstrap(), 5);

      assertThat(admin.describeTopics(ALL).allTopicNames().get().get("rollouts").partitions())
          .hasSize(2);
      assertThat(read(broker, "rollouts", 1)).singleElement().isEqualTo(large);
    }
  }

  @Test
  void onlyCommittedRecordsAreReadByWhoeverAsksForThose() throws Exception {
    try (EmbeddedBroker broker = start()) {
      RunningBroker.topics(broker.bootstrap(), 1);
      try (KafkaProducer<byte[], byte[]> producer =
          producer(broker, Map.of("transactional.id", "test"))) {
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("rollouts", new byte[] {1})).get();
        producer.abortTransaction();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("rollouts", new byte[] {2})).get();
        producer.commitTransaction();
      }

      assertThat(read(broker, "rollouts", 0)).containsExactly(new byte[] {2});
    }
  }

  @Test
  void clientsAreSentToTheAdvertisedName() throws Exception {
    EmbeddedBroker.Listening listening =
        EmbeddedBroker.Listening.at("0.0.0.0", "127.0.0.1", Ports.free());
    try (EmbeddedBroker broker = EmbeddedBroker.start(listening, data)) {
      assertThat(broker.bootstrap()).isEqualTo("127.0.0.1:" + listening.port());
      assertThat(nodeSeenFrom("localhost:" + listening.port()).host()).isEqualTo("127.0.0.1");
      assertThat(nodeSeenFrom(broker.local()).host()).isEqualTo("localhost");
    }
  }

  @Test
  void topicsAreMadeThoughTheAdvertisedNameLeadsNowhereYet() throws Exception {
    EmbeddedBroker.Listening listening =
        EmbeddedBroker.Listening.at("0.0.0.0", "kafka.invalid", Ports.free());
    try (EmbeddedBroker broker = EmbeddedBroker.start(listening, data);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.local()))) {
      RunningBroker.topics(broker.local(), 2);

      assertThat(admin.listTopics().names().get()).containsAll(ALL);
    }
  }

  private static Node nodeSeenFrom(String bootstrap) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      return admin.describeCluster().nodes().get().iterator().next();
    }
  }

  @Test
  void aMessageAboveTheLimitIsRefusedAndNoTopicIsMadeByAMisspeltName() throws Exception {
    try (EmbeddedBroker broker = start()) {
      RunningBroker.topics(broker.bootstrap(), 1);
      try (KafkaProducer<byte[], byte[]> producer = producer(broker, 40 << 20);
          Admin admin = Admin.create(client(broker))) {
        assertThatThrownBy(
                () -> producer.send(new ProducerRecord<>("rollouts", new byte[17 << 20])).get())
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(RecordTooLargeException.class);
        assertThatThrownBy(() -> admin.describeTopics(List.of("promts")).allTopicNames().get())
            .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
        assertThat(admin.listTopics().names().get()).containsExactlyInAnyOrderElementsOf(ALL);
      }
    }
  }

  private EmbeddedBroker start() throws Exception {
    return EmbeddedBroker.start(EmbeddedBroker.Listening.onLoopback(Ports.free()), data);
  }

  private static Map<String, Object> client(EmbeddedBroker broker) {
    return Map.of("bootstrap.servers", broker.bootstrap());
  }

  private static String setting(Admin admin, String topic, String name) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return admin.describeConfigs(Set.of(resource)).all().get().get(resource).get(name).value();
  }

  private static KafkaProducer<byte[], byte[]> producer(EmbeddedBroker broker, int largest) {
    return producer(broker, Map.of("max.request.size", largest, "buffer.memory", 64L << 20));
  }

  private static KafkaProducer<byte[], byte[]> producer(
      EmbeddedBroker broker, Map<String, Object> settings) {
    Map<String, Object> all = new HashMap<>(settings);
    all.putAll(client(broker));
    return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static List<byte[]> read(EmbeddedBroker broker, String topic, int partition) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", broker.bootstrap(), "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition only = new TopicPartition(topic, partition);
      consumer.assign(List.of(only));
      consumer.seekToBeginning(List.of(only));
      long end = consumer.endOffsets(List.of(only)).get(only);
      List<byte[]> values = new ArrayList<>();
      while (consumer.position(only) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          values.add(record.value());
        }
      }
      return values;
    }
  }
}
