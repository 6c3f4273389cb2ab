package dev.parley.trainer.run;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.parley.proto.Topics;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.run.v1.RunEvent;
import dev.parley.trainer.toy.SharedBroker;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(SharedBroker.class)
class KafkaRunEventsTest {

  @TempDir private Path temporary;

  @Test
  void everyEventIsOnTheTopicInOrderUnderTheRunsName(TestBroker broker)
      throws InvalidProtocolBufferException {
    try (KafkaRunEvents kafka = KafkaRunEvents.connect(broker.bootstrapServers());
        RunLog log =
            new RunLog(
                "events-run", new RunDirectory(temporary), Clock.systemUTC(), List.of(kafka))) {
      log.started("sft", "", 2, 0);
      log.metrics(1, Map.of("loss", Double.NaN));
      log.metrics(2, Map.of("loss", 0.5));
    }
    List<RunEvent> events = new ArrayList<>();
    for (ConsumerRecord<String, byte[]> record : broker.committed(Topics.RUN_EVENTS)) {
      if (record.key().equals("events-run")) {
        events.add(RunEvent.parseFrom(record.value()));
      }
    }
    assertThat(events).extracting(RunEvent::getSequence).containsExactly(0L, 1L, 2L);
    assertThat(events.get(0).getStarted().getRecipe()).isEqualTo("sft");
    assertThat(events.get(2).getMetrics().getValuesMap()).isEqualTo(Map.of("loss", 0.5));
  }

  @Test
  void anEventThatTheBrokerDoesNotTakeDoesNotEndTheRun(TestBroker broker) {
    try (KafkaRunEvents kafka = KafkaRunEvents.connect(broker.bootstrapServers());
        RunLog log =
            new RunLog(
                "large-run", new RunDirectory(temporary), Clock.systemUTC(), List.of(kafka))) {
      log.started("sft", "# too large for the broker: " + "x".repeat(3 << 20), 1, 0);
      log.warning("small", "goes on");
    }
    assertThat(broker.committed(Topics.RUN_EVENTS))
        .filteredOn(record -> record.key().equals("large-run"))
        .hasSize(1);
  }

  @Test
  void brokersThatDoNotAnswerAreNamedBeforeTheRunBegins() {
    assertThatThrownBy(() -> KafkaRunEvents.connect("localhost:1", 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("localhost:1")
        .hasMessageContaining("run-events");
  }

  @Test
  void aTopicThatIsMadeAfterTheFirstLookIsWaitedFor() {
    try (TestBroker broker = TestBroker.start();
        OnWarning madeLate = new OnWarning(() -> broker.createTopic(Topics.RUN_EVENTS, 1));
        KafkaRunEvents kafka = KafkaRunEvents.connect(broker.bootstrapServers())) {
      assertThat(madeLate.warnings)
          .first(as(STRING))
          .contains(broker.bootstrapServers())
          .endsWith("have no topic \"run-events\"; asking again for up to 25 s");
    }
  }

  /** Does something once, when the first warning is logged. */
  private static final class OnWarning extends Handler implements AutoCloseable {

    private final Logger logger = Logger.getLogger(KafkaRunEvents.class.getName());
    private final PatternFormatter message = new PatternFormatter("%s");
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private final Runnable action;

    OnWarning(Runnable action) {
      this.action = action;
      logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord entry) {
      warnings.add(message.format(entry));
      if (warnings.size() == 1) {
        action.run();
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      logger.removeHandler(this);
    }
  }
}
