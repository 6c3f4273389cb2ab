package dev.parley.proto.kafka;

import dev.parley.proto.Topics;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.metadata.storage.FormatterException;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A real Kafka broker (KRaft, one node, ports of its own) inside the test's JVM; up in about five
 * seconds. Timeouts of groups and transactions may be far shorter than a production broker allows.
 */
public final class TestBroker implements AutoCloseable {

  /** Kept here since java.util.logging forgets the levels of loggers that nobody holds. */
  private static final List<Logger> QUIET =
      Stream.of("org.apache.kafka", "kafka", "state").map(Logger::getLogger).toList();

  private final Path directory;
  private final String bootstrapServers;
  private final KafkaRaftServer server;

  private TestBroker(Path directory, String bootstrapServers, KafkaRaftServer server) {
    this.directory = directory;
    this.bootstrapServers = bootstrapServers;
    this.server = server;
  }

  /** Starts a broker that holds no topics, and makes none by itself. */
  public static TestBroker start() {
    QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
    try {
      Path directory = Files.createTempDirectory("parley-broker");
      String address = "localhost:" + freePort();
      Map<String, String> settings = settings(directory, address, "localhost:" + freePort());
      format(directory);
      KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(settings), Time.SYSTEM);
      server.startup();
      return new TestBroker(directory, address, server);
    } catch (IOException e) {
      throw new UncheckedIOException("no broker could be started", e);
    }
  }

  private static Map<String, String> settings(Path directory, String broker, String controller) {
    Map<String, String> settings = new HashMap<>();
    settings.put("process.roles", "broker,controller");
    settings.put("node.id", "1");
    settings.put("controller.quorum.voters", "1@" + controller);
    settings.put("listeners", "PLAINTEXT://" + broker + ",CONTROLLER://" + controller);
    settings.put("advertised.listeners", "PLAINTEXT://" + broker);
    settings.put("controller.listener.names", "CONTROLLER");
    settings.put("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT");
    settings.put("log.dirs", directory.toString());
    settings.put("auto.create.topics.enable", "false");
    settings.put("offsets.topic.replication.factor", "1");
    settings.put("offsets.topic.num.partitions", "1");
    settings.put("transaction.state.log.replication.factor", "1");
    settings.put("transaction.state.log.min.isr", "1");
    settings.put("transaction.state.log.num.partitions", "1");
    settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "200");
    settings.put("group.initial.rebalance.delay.ms", "0");
    settings.put("group.min.session.timeout.ms", "500");
    return settings;
  }

  private static void format(Path directory) {
    try {
      new Formatter()
          .setPrintStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .setClusterId(Uuid.randomUuid().toString())
          .setNodeId(1)
          .setControllerListenerName("CONTROLLER")
          .setMetadataLogDirectory(directory.toString())
          .addDirectory(directory.toString())
          .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
          .setIgnoreFormatted(false)
          .run();
    } catch (FormatterException e) {
      throw new IllegalStateException("the broker's log directory could not be formatted", e);
    } catch (Exception e) {
      throw new IllegalStateException("the broker's log directory could not be written", e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Returns the address for {@code bootstrap.servers}. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /**
   * Starts a broker with the contract's topics that the loop uses.
   *
   * @param promptPartitions of the topic of prompts
   * @param rolloutSettings topic settings of the rollouts, such as {@code max.message.bytes}
   */
  public static TestBroker startWithTopics(
      int promptPartitions, Map<String, String> rolloutSettings) {
    TestBroker broker = start();
    broker.createTopic(Topics.PROMPTS, promptPartitions);
    broker.createTopic(Topics.PROMPTS_DEAD_LETTER, 1);
    broker.createTopic(Topics.ROLLOUTS, 2, rolloutSettings);
    broker.createTopic(Topics.ROLLOUTS_DEAD_LETTER, 1);
    broker.createTopic(Topics.POLICY_VERSIONS, 1, Map.of("cleanup.policy", "compact"));
    broker.createTopic(Topics.VERSION_FILES, 1);
    broker.createTopic(Topics.RUN_EVENTS, 1);
    return broker;
  }

  /** Makes a topic. */
  public void createTopic(String name, int partitions) {
    createTopic(name, partitions, Map.of());
  }

  /**
   * Makes a topic.
   *
   * @param name its name
   * @param partitions how many
   * @param settings topic settings, such as {@code cleanup.policy}
   */
  public void createTopic(String name, int partitions, Map<String, String> settings) {
    NewTopic topic = new NewTopic(name, Optional.of(partitions), Optional.empty());
    try (Admin admin = Admin.create(address(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG))) {
      admin.createTopics(List.of(topic.configs(settings))).all().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot create topic " + name, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while creating topic " + name, e);
    }
  }

  /** Returns a producer of text keys and byte values, which the caller closes. */
  public KafkaProducer<String, byte[]> producer() {
    Map<String, Object> settings = address(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG);
    return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
  }

  /** Sends one record and waits until the broker has it. */
  public void send(String topic, String key, byte[] value) {
    try (KafkaProducer<String, byte[]> producer = producer()) {
      producer.send(new ProducerRecord<>(topic, key, value)).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot send to topic " + topic, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while sending to topic " + topic, e);
    }
  }

  /**
   * Reads all that a {@code read_committed} consumer sees of a topic at this moment, partition by
   * partition: nothing of what follows the first record of an open transaction.
   */
  public List<ConsumerRecord<String, byte[]>> committed(String topic) {
    Map<String, Object> settings = address(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    // Behind the last record may be a marker, which is fetched as a record that does not come.
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 1);
    List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .sorted(Comparator.comparingInt(TopicPartition::partition))
              .toList();
      for (TopicPartition partition : partitions) {
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        while (consumer.position(partition) < end) {
          consumer.poll(Duration.ofMillis(100)).forEach(records::add);
        }
      }
    }
    return records;
  }

  private Map<String, Object> address(String setting) {
    return new HashMap<>(Map.of(setting, bootstrapServers));
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete the broker's files in " + directory, e);
    }
  }
}
