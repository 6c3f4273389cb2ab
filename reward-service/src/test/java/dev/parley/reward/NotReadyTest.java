package dev.parley.reward;

import static dev.parley.reward.RewardClient.dialogue;
import static dev.parley.reward.RewardClient.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.proto.reward.v1.DescribeScorerRequest;
import dev.parley.reward.scoring.Scorer;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.Status;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URL;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What the service says while its scorer is being loaded. */
@QuarkusTest
@TestProfile(NotReadyTest.SlowDisk.class)
class NotReadyTest {

  public static class SlowDisk implements QuarkusTestProfile {
    @Override
    public Set<Class<?>> getEnabledAlternatives() {
      return Set.of(GatedLoader.class);
    }

    @Override
    public List<TestResourceEntry> testResources() {
      return List.of(new TestResourceEntry(TinyReward.class));
    }
  }

  /** Loads when told to. */
  @Alternative
  @Singleton
  static class GatedLoader extends ScorerLoader {

    private final CountDownLatch gate = new CountDownLatch(1);

    @Override
    void load(Scorer scorer) {
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      super.load(scorer);
    }
  }

  @TestHTTPResource URL url;
  @Inject GatedLoader loader;

  @Test
  void unavailableUntilTheScorerIsLoadedAndWarmedUp() throws Exception {
    try (RewardClient client = new RewardClient(url)) {
      assertThat(client.get("/q/health/ready").statusCode()).isEqualTo(503);
      assertThat(client.get("/q/health/live").statusCode()).isEqualTo(200);
      assertThat(health(client)).isEqualTo(ServingStatus.NOT_SERVING);
      assertUnavailable(() -> client.blocking().score(request(dialogue("a", "Q", "A"))));
      assertUnavailable(
          () -> client.blocking().describeScorer(DescribeScorerRequest.getDefaultInstance()));

      loader.gate.countDown();
      client.awaitReady();
      assertThat(health(client)).isEqualTo(ServingStatus.SERVING);
      assertThat(client.blocking().score(request(dialogue("a", "Q", "A"))).getResultsCount())
          .isOne();
    }
  }

  private static void assertUnavailable(ThrowingCallable call) {
    assertThatThrownBy(call)
        .satisfies(
            e -> assertThat(Status.fromThrowable(e).getCode()).isEqualTo(Status.Code.UNAVAILABLE))
        .hasMessageContaining("still being loaded");
  }

  private static ServingStatus health(RewardClient client) {
    return HealthGrpc.newBlockingStub(client.channel())
        .check(HealthCheckRequest.getDefaultInstance())
        .getStatus();
  }
}
