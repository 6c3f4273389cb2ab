package dev.parley.console.outbox;

import dev.parley.console.ConsoleMetrics;
import dev.parley.console.database.DatabaseException;
import dev.parley.proto.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jboss.logging.Logger;

/** Sends events that are due, from a thread of its own, for as long as the service runs. */
public final class OutboxPublisher implements Runnable {

  /** The header of a record that names the study. */
  public static final String STUDY = "parley-study";

  private static final Logger LOG = Logger.getLogger(OutboxPublisher.class);
  private static final int BATCH = 200;
  private static final int LARGEST_EVENT = 15 << 20;

  private final Outbox outbox;
  private final ConsoleMetrics metrics;
  private final Map<String, Object> settings;
  private final Duration pause;
  private Producer<String, byte[]> producer;
  private boolean failing;
  private boolean databaseAway;
  private boolean stopping;

  /**
   * A publisher.
   *
   * @param outbox from where
   * @param metrics counts
   * @param kafka settings of a Kafka client: where the brokers are, and how to be let in
   * @param pause between two looks
   */
  public OutboxPublisher(
      Outbox outbox, ConsoleMetrics metrics, Map<String, Object> kafka, Duration pause) {
    this.outbox = outbox;
    this.metrics = metrics;
    this.pause = pause;
    this.settings = new HashMap<>(kafka);
    settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
    settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    settings.put(ProducerConfig.CLIENT_ID_CONFIG, "console");
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LARGEST_EVENT);
    // A batch is given up soon, since it stays in the outbox and is tried again.
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 10_000);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
  }

  @Override
  public void run() {
    try {
      while (pause()) {
        work();
      }
    } finally {
      if (producer != null) {
        producer.close(Duration.ofSeconds(5));
      }
    }
  }

  /** Sends all that is due, and looks how much waits. */
  private void work() {
    try {
      int due;
      do {
        due = outbox.send(BATCH, this::send);
      } while (due == BATCH && !failing && !isStopping());
      metrics.outbox(outbox.depth());
      databaseAway = false;
    } catch (DatabaseException e) {
      if (!databaseAway) {
        LOG.warnf("No events are sent: %s", e.getMessage());
      }
      databaseAway = true;
    }
  }

  private List<Long> send(List<WaitingEvent> due) {
    List<Long> arrived = new ArrayList<>();
    String problem = null;
    int tried = 0;
    try {
      Map<WaitingEvent, Future<RecordMetadata>> sent = new LinkedHashMap<>();
      for (WaitingEvent event : due) {
        tried++;
        Future<RecordMetadata> future = producer().send(record(event));
        sent.put(event, future);
        if (future.isDone() && failed(future)) {
          // Without a topic or a broker each of them would wait for as long as this one did.
          break;
        }
      }
      for (Map.Entry<WaitingEvent, Future<RecordMetadata>> each : sent.entrySet()) {
        try {
          each.getValue().get();
          arrived.add(each.getKey().id());
        } catch (ExecutionException e) {
          problem = e.getCause().getMessage();
        }
      }
    } catch (KafkaException e) {
      problem = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      problem = "interrupted";
    }
    metrics.sent(arrived.size(), tried - arrived.size());
    report(problem);
    return arrived;
  }

  private static boolean failed(Future<RecordMetadata> future) throws InterruptedException {
    try {
      future.get();
      return false;
    } catch (ExecutionException e) {
      return true;
    }
  }

  /** Says once that it does not work, and once that it works again. */
  private void report(String problem) {
    if (problem != null && !failing) {
      LOG.warnf(
          "Kafka at %s takes no events for the topic %s; they wait in the database: %s",
          settings.get(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG), Topics.PREFERENCES, problem);
    } else if (problem == null && failing) {
      LOG.infof("Kafka takes events for the topic %s again", Topics.PREFERENCES);
    }
    failing = problem != null;
  }

  /** Made when it is first needed: there may be no broker yet whose name is known. */
  private Producer<String, byte[]> producer() {
    if (producer == null) {
      producer = new KafkaProducer<>(settings);
    }
    return producer;
  }

  private static ProducerRecord<String, byte[]> record(WaitingEvent event) {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(Topics.PREFERENCES, event.preferenceId(), event.event());
    record.headers().add(STUDY, event.study().getBytes(StandardCharsets.UTF_8));
    return record;
  }

  /** Waits, and returns whether to go on. */
  private synchronized boolean pause() {
    try {
      if (!stopping) {
        wait(pause.toMillis());
      }
      return !stopping;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private synchronized boolean isStopping() {
    return stopping;
  }

  /** Ends the thread after what it is doing. */
  public synchronized void stop() {
    stopping = true;
    notifyAll();
  }
}
