package dev.parley.reward;

import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.conversation.v1.Tokens;
import dev.parley.proto.reward.v1.RewardServiceGrpc;
import dev.parley.proto.reward.v1.ScoreItem;
import dev.parley.proto.reward.v1.ScoreRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;

/** A real channel to the service under test, and its web pages. */
final class RewardClient implements AutoCloseable {

  private final URL url;
  private final ManagedChannel channel;

  RewardClient(URL url) {
    this.url = url;
    this.channel =
        ManagedChannelBuilder.forAddress(url.getHost(), url.getPort()).usePlaintext().build();
  }

  ManagedChannel channel() {
    return channel;
  }

  RewardServiceGrpc.RewardServiceBlockingStub blocking() {
    return RewardServiceGrpc.newBlockingStub(channel);
  }

  RewardServiceGrpc.RewardServiceFutureStub future() {
    return RewardServiceGrpc.newFutureStub(channel);
  }

  static ScoreItem dialogue(String id, String question, String answer) {
    return ScoreItem.newBuilder()
        .setItemId(id)
        .setConversation(
            Conversation.newBuilder()
                .addMessages(Message.newBuilder().setRole("user").setContent(question))
                .addMessages(Message.newBuilder().setRole("assistant").setContent(answer)))
        .build();
  }

  static ScoreItem tokens(String id, int... ids) {
    return ScoreItem.newBuilder()
        .setItemId(id)
        .setTokens(Tokens.newBuilder().addAllTokenIds(Arrays.stream(ids).boxed().toList()))
        .build();
  }

  static ScoreRequest request(ScoreItem... items) {
    return ScoreRequest.newBuilder().addAllItems(List.of(items)).build();
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
