package dev.parley.policy;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;

/** Asks whether the Kafka broker answers; one answer is good for some seconds. */
@Singleton
class BrokerReach {

  private static final Logger LOG = Logger.getLogger(BrokerReach.class);
  private static final int PATIENCE_MS = 2000;
  private static final long GOOD_FOR_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final PolicyServer server;
  private Admin admin;
  private boolean reachable;
  private long askedAt;

  BrokerReach(PolicyServer server) {
    this.server = server;
  }

  /** Returns whether the broker answered lately. */
  synchronized boolean reachable() {
    if (admin == null || System.nanoTime() - askedAt > GOOD_FOR_NANOS) {
      reachable = ask();
      askedAt = System.nanoTime();
    }
    return reachable;
  }

  private boolean ask() {
    try {
      if (admin == null) {
        Map<String, Object> settings = new HashMap<>(server.kafka());
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, PATIENCE_MS);
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, PATIENCE_MS);
        admin = Admin.create(settings);
      }
      admin.describeCluster(new DescribeClusterOptions().timeoutMs(PATIENCE_MS)).clusterId().get();
      return true;
    } catch (KafkaException | ExecutionException e) {
      LOG.debugf("The broker does not answer: %s", e);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @PreDestroy
  synchronized void close() {
    if (admin != null) {
      admin.close();
    }
  }
}
