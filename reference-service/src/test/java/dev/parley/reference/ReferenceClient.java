package dev.parley.reference;

import dev.parley.proto.reference.v1.LogProbsRequest;
import dev.parley.proto.reference.v1.ReferenceServiceGrpc;
import dev.parley.proto.reference.v1.TokenSequence;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;

/** A real channel to the service under test, and its web pages. */
final class ReferenceClient implements AutoCloseable {

  private final URL url;
  private final ManagedChannel channel;

  ReferenceClient(URL url) {
    this.url = url;
    this.channel =
        ManagedChannelBuilder.forAddress(url.getHost(), url.getPort()).usePlaintext().build();
  }

  ManagedChannel channel() {
    return channel;
  }

  ReferenceServiceGrpc.ReferenceServiceBlockingStub blocking() {
    return ReferenceServiceGrpc.newBlockingStub(channel);
  }

  ReferenceServiceGrpc.ReferenceServiceFutureStub future() {
    return ReferenceServiceGrpc.newFutureStub(channel);
  }

  static LogProbsRequest request(int[]... sequences) {
    LogProbsRequest.Builder request = LogProbsRequest.newBuilder();
    for (int[] sequence : sequences) {
      request.addSequences(
          TokenSequence.newBuilder().addAllTokenIds(Arrays.stream(sequence).boxed().toList()));
    }
    return request.build();
  }

  HttpResponse<String> get(String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + url.getPort() + path)).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  void awaitReady() {
    await("readiness", () -> get("/q/health/ready").statusCode() == 200);
  }

  static void await(String what, Callable<Boolean> condition) {
    Awaitility.await(what).atMost(Duration.ofMinutes(1)).until(condition);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
