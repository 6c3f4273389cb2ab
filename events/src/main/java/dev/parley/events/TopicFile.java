package dev.parley.events;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.data.file.DatasetWriter;
import dev.parley.events.TopicReading.Range;
import dev.parley.proto.BrokerAccess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What a topic holds now, kept as a file of rows in Parley's shape, with the offsets beside it. Who
 * reads the file later reads the same rows, whatever has been added to the topic or deleted from it
 * since.
 *
 * <p>Only committed events count, up to where each partition ended at the start, in the order of
 * partitions and offsets. An event whose id an earlier one has had is left out: producers send at
 * least once.
 */
public final class TopicFile {

  private static final Duration POLL = Duration.ofMillis(200);

  /** Without a record for so long, a broker is taken to be gone. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final ExampleTopic topic;
  private final String name;
  private final String brokers;
  private final Set<PreferenceSource> wanted;
  private final boolean skipBad;
  private final Set<String> seen = new HashSet<>();
  private final Map<PreferenceSource, Long> bySource = new TreeMap<>();
  private long repeated;
  private long bad;

  private TopicFile(
      ExampleTopic topic,
      String name,
      String brokers,
      Set<PreferenceSource> wanted,
      boolean skipBad) {
    this.topic = topic;
    this.name = name;
    this.brokers = brokers;
    this.wanted = wanted;
    this.skipBad = skipBad;
  }

  /** Where the offsets of a file stand. */
  public static Path offsets(Path file) {
    return file.resolveSibling(file.getFileName() + ".offsets.json");
  }

  /** A place for a topic's file, in a directory of its own; neither outlives the process. */
  public static Path temporary(ExampleTopic topic) throws IOException {
    Path directory = Files.createTempDirectory("parley-topic");
    Path file = directory.resolve(topic.topic() + ".jsonl");
    List.of(directory, file, offsets(file)).forEach(one -> one.toFile().deleteOnExit());
    return file;
  }

  /**
   * Keeps a topic as a file.
   *
   * @param file to write, with {@link #offsets} beside it; there whole or not at all
   * @param topic to read
   * @param brokers {@code host:port}, several separated by commas
   * @param wanted whose preferences are kept; empty if nobody said, which is refused where the
   *     topic holds those of several. Not for demonstrations
   * @param skipBad whether bad events are counted rather than refused
   * @throws IllegalArgumentException if the topic holds no such row, a bad event, or preferences of
   *     several sources of which none was named
   * @throws IllegalStateException if the brokers cannot be read from
   */
  public static TopicReading keep(
      Path file,
      ExampleTopic topic,
      String brokers,
      Set<PreferenceSource> wanted,
      boolean skipBad) {
    return keep(file, topic, topic.topic(), brokers, wanted, skipBad);
  }

  /** The same of a topic with another name at the broker. */
  static TopicReading keep(
      Path file,
      ExampleTopic topic,
      String name,
      String brokers,
      Set<PreferenceSource> wanted,
      boolean skipBad) {
    if (topic != ExampleTopic.PREFERENCES && !wanted.isEmpty()) {
      throw new IllegalArgumentException(
          "%s has no judges to choose among; expected no source".formatted(topic));
    }
    try (DatasetWriter writer = DatasetWriter.create(file)) {
      TopicReading reading = new TopicFile(topic, name, brokers, wanted, skipBad).read(writer);
      JSON.writeValue(offsets(file).toFile(), reading);
      writer.finish();
      return reading;
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be written".formatted(file), e);
    }
  }

  /**
   * What a file holds that {@link #keep} wrote.
   *
   * @throws UncheckedIOException if that cannot be read
   */
  public static TopicReading reading(Path file) {
    try {
      return JSON.readValue(Files.readAllBytes(offsets(file)), TopicReading.class);
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be read".formatted(offsets(file)), e);
    }
  }

  private TopicReading read(DatasetWriter writer) throws IOException {
    Map<Integer, Range> offsets = new TreeMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      List<TopicPartition> partitions = partitions(consumer);
      Map<TopicPartition, Long> begin = consumer.beginningOffsets(partitions);
      Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
      for (TopicPartition partition : partitions) {
        Range range = new Range(begin.get(partition), end.get(partition));
        offsets.put(partition.partition(), range);
        read(consumer, partition, range, writer);
      }
    } catch (KafkaException e) {
      throw new IllegalStateException(
          "%s at %s cannot be read: %s; is the broker up, and is that its address?"
              .formatted(topic, brokers, e.getMessage()),
          e);
    }
    requireOneSource();
    if (writer.rows() == 0) {
      throw new IllegalArgumentException(
          "%s at %s holds no row%s: %s; expected at least one"
              .formatted(
                  topic,
                  brokers,
                  wanted.isEmpty() ? "" : " that was judged by " + names(wanted),
                  bySource.isEmpty() ? "it is empty" : "by source, " + bySource));
    }
    Map<String, Long> counts = new TreeMap<>();
    bySource.forEach((source, count) -> counts.put(source.fileName(), count));
    return new TopicReading(
        topic.toString(), brokers, offsets, writer.rows(), counts, repeated, bad);
  }

  /** Labels of people and of models are never mixed unless somebody says so. */
  private void requireOneSource() {
    if (wanted.isEmpty() && bySource.size() > 1) {
      throw new IllegalArgumentException(
          "%s at %s holds preferences of several sources: %s; say whose to read, several if they are to be mixed"
              .formatted(topic, brokers, bySource));
    }
  }

  private static String names(Set<PreferenceSource> sources) {
    return String.join(", ", sources.stream().map(PreferenceSource::fileName).sorted().toList());
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    Map<String, Object> settings = new HashMap<>(BrokerAccess.ofProcess());
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 16 << 20);
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> consumer) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(name).stream()
            .map(info -> new TopicPartition(name, info.partition()))
            .sorted((a, b) -> Integer.compare(a.partition(), b.partition()))
            .toList();
    if (partitions.isEmpty()) {
      throw new IllegalArgumentException(
          "the broker at %s has no topic \"%s\"; create it first: parley topics create"
              .formatted(brokers, name));
    }
    return partitions;
  }

  private void read(
      KafkaConsumer<byte[], byte[]> consumer,
      TopicPartition partition,
      Range range,
      DatasetWriter writer)
      throws IOException {
    consumer.assign(List.of(partition));
    consumer.seek(partition, range.from());
    long moved = System.nanoTime();
    long position = range.from();
    // Markers of transactions take offsets too, so the position says how far it is, not the
    // records.
    while (position < range.to()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (record.offset() < range.to()) {
          take(record, writer);
        }
      }
      long reached = consumer.position(partition);
      if (reached > position) {
        position = reached;
        moved = System.nanoTime();
      } else if (System.nanoTime() - moved > PATIENCE.toNanos()) {
        throw new IllegalStateException(
            "%s at %s gave nothing for %d s, at offset %d of %d in partition %d; is the broker up?"
                .formatted(
                    topic,
                    brokers,
                    PATIENCE.toSeconds(),
                    position,
                    range.to(),
                    partition.partition()));
      }
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record, DatasetWriter writer)
      throws IOException {
    ExampleTopic.Event event;
    try {
      event = topic.read(record.value());
    } catch (InvalidProtocolBufferException | InvalidExampleException e) {
      if (!skipBad) {
        throw new IllegalArgumentException(
            "%s, partition %d, offset %d: %s"
                .formatted(topic, record.partition(), record.offset(), e.getMessage()),
            e);
      }
      bad++;
      return;
    }
    // One that has no id could be any other's; it stays.
    if (!event.id().isEmpty() && !seen.add(event.id())) {
      repeated++;
      return;
    }
    if (wants(event.example())) {
      writer.write(event.example());
    }
  }

  private boolean wants(Example example) {
    if (!(example instanceof Preference preference)) {
      return true;
    }
    bySource.merge(preference.source(), 1L, Long::sum);
    return wanted.isEmpty() || wanted.contains(preference.source());
  }
}
