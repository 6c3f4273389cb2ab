package dev.parley.proto.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TestBrokerTest {

  private static TestBroker broker;

  @BeforeAll
  static void start() {
    broker = TestBroker.start();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void committedReadsEveryPartition() {
    broker.createTopic("two", 2);
    List<String> keys = List.of("a", "b", "c", "d", "e");
    keys.forEach(key -> broker.send("two", key, key.getBytes(StandardCharsets.UTF_8)));
    assertThat(broker.committed("two"))
        .extracting(record -> record.key())
        .containsExactlyInAnyOrderElementsOf(keys);
  }

  @Test
  void committedDoesNotSeeAnAbortedTransaction() {
    broker.createTopic("aborted", 1);
    Map<String, Object> settings = new HashMap<>();
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "test");
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("aborted", "taken back", new byte[] {1}));
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("aborted", "kept", new byte[] {2}));
      producer.commitTransaction();
    }
    assertThat(firstCommitted("aborted"))
        .extracting(record -> record.key())
        .containsExactly("kept");
  }

  /** A commit is answered before its marker stands in the partition, which shows it to readers. */
  private static List<ConsumerRecord<String, byte[]>> firstCommitted(String topic) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    List<ConsumerRecord<String, byte[]>> records = broker.committed(topic);
    while (records.isEmpty() && System.nanoTime() < deadline) {
      records = broker.committed(topic);
    }
    return records;
  }
}
