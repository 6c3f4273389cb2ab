package dev.parley.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.apache.kafka.clients.consumer.ConsumerRecord;
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
    assertThatThrownBy(() -> KafkaRunEvents.connect("localhost:1"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("localhost:1")
        .hasMessageContaining("run-events");
  }
}
