package dev.parley.console.page;

import dev.parley.proto.Topics;
import dev.parley.proto.kafka.TestBroker;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** A real PostgreSQL and a real broker for the service. */
public class Infrastructure implements QuarkusTestResourceLifecycleManager {

  static final String TOKEN = "annotators-may-come-in";
  static final String OWNERS_TOKEN = "owners-may-see-everything";

  private EmbeddedPostgres database;
  private TestBroker broker;

  @Override
  public Map<String, String> start() {
    try {
      database = EmbeddedPostgres.start();
    } catch (IOException e) {
      throw new UncheckedIOException("no PostgreSQL could be started", e);
    }
    broker = TestBroker.start();
    broker.createTopic(Topics.PREFERENCES, 1);
    return Map.of(
        "quarkus.datasource.jdbc.url", database.getJdbcUrl("postgres", "postgres"),
        "quarkus.datasource.username", "postgres",
        "quarkus.datasource.password", "postgres",
        "kafka.bootstrap.servers", broker.bootstrapServers(),
        "parley.console.access-token", TOKEN,
        "parley.console.admin-token", OWNERS_TOKEN,
        "parley.console.publish-every-ms", "50",
        "parley.console.policies.away", "localhost:1",
        "parley.console.live.timeout-ms", "500");
  }

  @Override
  public void inject(TestInjector injector) {
    injector.injectIntoFields(broker, new TestInjector.MatchesType(TestBroker.class));
  }

  @Override
  public void stop() {
    if (broker != null) {
      broker.close();
    }
    if (database != null) {
      try {
        database.close();
      } catch (IOException e) {
        throw new UncheckedIOException("PostgreSQL does not stop", e);
      }
    }
  }
}
