package dev.parley.reference;

import static dev.parley.reference.ReferenceClient.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.proto.reference.v1.DescribeReferenceRequest;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.Status;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URL;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What the service says while its model is being loaded. */
@QuarkusTest
@QuarkusTestResource(TinyReference.class)
@TestProfile(NotReadyTest.SlowDisk.class)
class NotReadyTest {

  public static class SlowDisk implements QuarkusTestProfile {
    @Override
    public Set<Class<?>> getEnabledAlternatives() {
      return Set.of(GatedModels.class);
    }
  }

  /** Opens the model when told to. */
  @Alternative
  @Singleton
  static class GatedModels extends ReferenceModels {

    private final CountDownLatch gate = new CountDownLatch(1);

    @Override
    ReferenceModel open(ReferenceSettings settings) {
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return super.open(settings);
    }
  }

  @TestHTTPResource URL url;
  @Inject GatedModels models;

  @Test
  void unavailableUntilTheModelIsLoadedAndWarmedUp() throws Exception {
    try (ReferenceClient client = new ReferenceClient(url)) {
      assertThat(client.get("/q/health/ready").statusCode()).isEqualTo(503);
      assertThat(client.get("/q/health/live").statusCode()).isEqualTo(200);
      assertThat(health(client)).isEqualTo(ServingStatus.NOT_SERVING);
      assertThatThrownBy(() -> client.blocking().logProbs(request(new int[] {1, 2})))
          .satisfies(
              e -> assertThat(Status.fromThrowable(e).getCode()).isEqualTo(Status.Code.UNAVAILABLE))
          .hasMessageContaining("still being loaded");
      assertThatThrownBy(
              () ->
                  client
                      .blocking()
                      .describeReference(DescribeReferenceRequest.getDefaultInstance()))
          .satisfies(
              e ->
                  assertThat(Status.fromThrowable(e).getCode()).isEqualTo(Status.Code.UNAVAILABLE));

      models.gate.countDown();
      client.awaitReady();
      assertThat(health(client)).isEqualTo(ServingStatus.SERVING);
      assertThat(client.blocking().logProbs(request(new int[] {1, 2})).getResultsCount()).isOne();
    }
  }

  private static ServingStatus health(ReferenceClient client) {
    return HealthGrpc.newBlockingStub(client.channel())
        .check(HealthCheckRequest.getDefaultInstance())
        .getStatus();
  }
}
