package dev.parley.policy.rollout;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Stops a producer for ever between the broker's receipt of a record and the commit: it blocks the
 * one thread that would send the latter. Consumers, which are given the same settings, pass
 * through.
 */
public final class StuckAfterSend
    implements ProducerInterceptor<String, byte[]>, ConsumerInterceptor<String, byte[]> {

  /** Receipts to let pass. */
  static final String RECEIPTS = "parley.receipts";

  private int receipts;

  @Override
  public void configure(Map<String, ?> configs) {
    receipts = Integer.parseInt(configs.get(RECEIPTS).toString());
  }

  @Override
  public ProducerRecord<String, byte[]> onSend(ProducerRecord<String, byte[]> record) {
    return record;
  }

  @Override
  public void onAcknowledgement(RecordMetadata metadata, Exception exception) {
    if (receipts-- == 0) {
      System.out.println(PolicyProcess.STUCK);
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public ConsumerRecords<String, byte[]> onConsume(ConsumerRecords<String, byte[]> records) {
    return records;
  }

  @Override
  public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

  @Override
  public void close() {}
}
