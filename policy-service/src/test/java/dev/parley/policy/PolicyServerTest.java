package dev.parley.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.weights.WeightFiles;
import dev.parley.policy.ApiClient.Answer;
import dev.parley.policy.generation.GenerationEngine;
import dev.parley.policy.serving.ServedVersion;
import dev.parley.proto.Topics;
import dev.parley.proto.conversation.v1.Tokens;
import dev.parley.proto.policy.v1.DescribeModelRequest;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.policy.v1.GenerateResponse;
import dev.parley.proto.policy.v1.GenerateStreamRequest;
import dev.parley.proto.policy.v1.GenerateStreamResponse;
import dev.parley.proto.policy.v1.PolicyServiceGrpc;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.proto.sampling.v1.SamplingParameters;
import dev.parley.proto.version.v1.PolicyVersion;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The whole service but for its container: from start to drain, on a real broker and channel. */
@ExtendWith(SharedBroker.class)
class PolicyServerTest {

  private static final ServedVersion NEXT = new ServedVersion(1, "1".repeat(64));

  @TempDir Path directory;

  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final GrpcHealthStorage health = new GrpcHealthStorage();
  private final CountDownLatch loading = new CountDownLatch(1);
  private final CountDownLatch mayLoad = new CountDownLatch(1);
  private Path model;
  private PolicyConfig config;
  private PolicyMetrics metrics;
  private PolicyServer server;
  private Server grpc;
  private ManagedChannel channel;
  private HeldEngine held;
  private volatile boolean stopped;

  /** Meters that hold the start up where the model is loaded and nothing was answered. */
  private final class GatedMetrics extends PolicyMetrics {

    GatedMetrics() {
      super(registry);
    }

    @Override
    public void watchEngine(GenerationEngine engine) {
      loading.countDown();
      try {
        mayLoad.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      super.watchEngine(engine);
    }
  }

  @BeforeEach
  void write() {
    try (LanguageModel untied = TinyModel.createUntied(1)) {
      model = TinyModel.write(directory.resolve("start"), untied);
    }
  }

  private void start(Optional<String> runId) {
    start(runId, SharedBroker.get().bootstrapServers());
  }

  private void start(Optional<String> runId, String broker) {
    Map<String, String> values = new HashMap<>();
    values.put("parley.policy.model", model.toString());
    values.put("parley.policy.instance-id", runId.orElse("none") + "-policy");
    values.put("parley.policy.engine.max-rows", "4");
    values.put("parley.policy.engine.max-cache-tokens", "1024");
    values.put("parley.policy.generation.warm-up-tokens", "6");
    values.put("parley.policy.rollout.session-timeout-ms", "2000");
    values.put("parley.policy.rollout.transaction-timeout-ms", "3000");
    runId.ifPresent(id -> values.put("parley.policy.run-id", id));
    SmallRyeConfig properties =
        new SmallRyeConfigBuilder()
            .addDefaultInterceptors()
            .withMapping(PolicyConfig.class)
            .withMappingIgnore("parley.**")
            .withSources(new PropertiesConfigSource(values, "test", 100))
            .build();
    metrics = new GatedMetrics();
    config = properties.getConfigMapping(PolicyConfig.class);
    server =
        new PolicyServer(config, properties, Map.of("bootstrap.servers", broker), metrics, health);
    server.start(new StartupEvent());
    try {
      grpc =
          ServerBuilder.forPort(0)
              .addService(new PolicyGrpcService(server, metrics))
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    channel = ManagedChannelBuilder.forAddress("localhost", grpc.getPort()).usePlaintext().build();
  }

  private void startAndAwait(Optional<String> runId) {
    mayLoad.countDown();
    start(runId);
    Patience.await(server::ready);
  }

  @AfterEach
  void stop() {
    mayLoad.countDown();
    if (held != null) {
      held.letGo();
    }
    if (!stopped) {
      stopServer();
    }
    channel.shutdownNow();
    grpc.shutdownNow();
  }

  private void stopServer() {
    stopped = true;
    try {
      server.stop(new ShutdownEvent());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private PolicyServiceGrpc.PolicyServiceBlockingStub policy() {
    return PolicyServiceGrpc.newBlockingStub(channel);
  }

  /** Asks the HTTP API, which is there for this one request. */
  private Answer overHttp(String path) {
    return overHttp(api -> api.get(path));
  }

  private static Function<ApiClient, Answer> completion() {
    return api -> api.post(ApiClient.COMPLETIONS, "{\"model\": \"policy\", \"prompt\": [5, 6]}");
  }

  private Answer overHttp(Function<ApiClient, Answer> asking) {
    Vertx vertx = Vertx.vertx();
    try {
      Router router = Router.router(vertx);
      new PolicyHttpApi(config, server, metrics).register(router);
      int port =
          vertx
              .createHttpServer()
              .requestHandler(router)
              .listen(0)
              .toCompletionStage()
              .toCompletableFuture()
              .join()
              .actualPort();
      return asking.apply(new ApiClient(URI.create("http://localhost:" + port + "/")));
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().join();
    }
  }

  private ServedVersion served() {
    return ServedVersion.of(
        policy().describeModel(DescribeModelRequest.getDefaultInstance()).getVersion());
  }

  private ServingStatus healthOf(String service) {
    return health.statusForService(service).getStatus();
  }

  private HealthCheckResponse.Status readiness() {
    return new PolicyHealth().model(server).call().getStatus();
  }

  private HealthCheckResponse.Status brokerReadiness() {
    BrokerReach reach = new BrokerReach(server);
    try {
      return new PolicyHealth().broker(server, reach).call().getStatus();
    } finally {
      reach.close();
    }
  }

  private static GenerateRequest request(int samples, int... prompt) {
    return GenerateRequest.newBuilder()
        .setTokens(Tokens.newBuilder().addAllTokenIds(IntStream.of(prompt).boxed().toList()))
        .setN(samples)
        .setSampling(
            SamplingParameters.newBuilder()
                .setMaxNewTokens(20)
                .setIgnoreEndOfSequence(true)
                .setSeed(4))
        .build();
  }

  private static void send(String runId, String promptId, long requiredVersion, int... tokens) {
    Prompt prompt =
        Prompt.newBuilder()
            .setRunId(runId)
            .setPromptId(promptId)
            .setTokens(request(1, tokens).getTokens())
            .setGroupSize(2)
            .setRequiredVersion(requiredVersion)
            .setSampling(request(1, tokens).getSampling())
            .build();
    SharedBroker.send(Topics.PROMPTS, runId + "/" + promptId, prompt.toByteArray());
  }

  private static Rollout awaitRollout(String runId, String promptId) {
    List<Rollout> found = new ArrayList<>();
    Patience.await(
        () -> {
          for (ConsumerRecord<String, byte[]> entry :
              SharedBroker.get().committed(Topics.ROLLOUTS)) {
            if (entry.key().equals(runId + "/" + promptId)) {
              found.add(parse(entry.value()));
            }
          }
          return !found.isEmpty();
        });
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private static Rollout parse(byte[] value) {
    try {
      return Rollout.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  private Path checkpoint(long seed) {
    try (LanguageModel next = TinyModel.createUntied(seed)) {
      return TinyModel.write(directory.resolve("checkpoint-" + seed), next);
    }
  }

  private static String digest(Path checkpoint) {
    try (WeightFiles files = WeightFiles.open(checkpoint)) {
      return files.digest();
    }
  }

  private static void announce(String runId, ServedVersion version, Path checkpoint) {
    PolicyVersion announced =
        PolicyVersion.newBuilder()
            .setRunId(runId)
            .setVersion(version.toProto())
            .setCheckpointUri(checkpoint.toUri().toString())
            .build();
    SharedBroker.send(Topics.POLICY_VERSIONS, runId, announced.toByteArray());
  }

  private static void corrupt(Path checkpoint) {
    Path weights = checkpoint.resolve(WeightFiles.SINGLE_FILE);
    try (FileChannel file = FileChannel.open(weights, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(64), file.size() / 2);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private double refusals() {
    return registry.find(PolicyMetrics.SWAP_REFUSALS).counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  @Test
  void itIsReadyOnceTheModelIsLoadedAndHasAnswered() throws Exception {
    start(Optional.empty());
    loading.await();
    assertThat(readiness()).isEqualTo(HealthCheckResponse.Status.DOWN);
    assertThat(healthOf(PolicyServiceGrpc.SERVICE_NAME)).isEqualTo(ServingStatus.NOT_SERVING);
    assertThat(server.alive()).isTrue();
    assertThatThrownBy(() -> policy().generate(request(1, 5)))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessage("UNAVAILABLE: the model is still being loaded");
    Answer early = overHttp("/v1/models");
    assertThat(early.status()).isEqualTo(503);
    assertThat(early.headers().firstValue("retry-after")).hasValue("1");
    assertThat(early.json().at("/error/code").textValue()).isEqualTo("model_not_loaded");
    mayLoad.countDown();
    Patience.await(server::ready);
    assertThat(overHttp("/v1/models").status()).isEqualTo(200);
    assertThat(registry.get(PolicyMetrics.TOKENS).counter().count()).isEqualTo(4 * 6);
    assertThat(readiness()).isEqualTo(HealthCheckResponse.Status.UP);
    assertThat(healthOf(PolicyServiceGrpc.SERVICE_NAME)).isEqualTo(ServingStatus.SERVING);
    assertThat(policy().generate(request(2, 5)).getSamplesList()).hasSize(2);
  }

  @Test
  void aRunWithoutABrokerIsNotReadyAndRequestsAreAnswered() {
    mayLoad.countDown();
    start(Optional.of("server-alone"), "localhost:1");
    Patience.await(() -> server.model().isPresent());
    assertThat(policy().generate(request(1, 5)).getSamplesList()).hasSize(1);
    assertThat(readiness()).isEqualTo(HealthCheckResponse.Status.DOWN);
    assertThat(brokerReadiness()).isEqualTo(HealthCheckResponse.Status.DOWN);
  }

  @Test
  void aNewVersionIsServedAndNamedAndABadOneIsRefusedWhileTheOldOneAnswers() {
    String run = "server-versions";
    startAndAwait(Optional.of(run));
    assertThat(brokerReadiness()).isEqualTo(HealthCheckResponse.Status.UP);
    ServedVersion start = served();
    send(run, "before", 0, 5, 6);
    assertThat(versionsOf(awaitRollout(run, "before"))).containsOnly(start);

    Path good = checkpoint(2);
    ServedVersion next = new ServedVersion(1, digest(good));
    announce(run, next, good);
    send(run, "after", 1, 5, 6);
    assertThat(versionsOf(awaitRollout(run, "after"))).containsOnly(next);
    assertThat(served()).isEqualTo(next);
    JsonNode listed = overHttp("/v1/models").json().at("/data/0");
    assertThat(listed.get("version").longValue()).isEqualTo(1);
    assertThat(listed.get("checksum").textValue()).isEqualTo(next.checksum());
    assertThat(overHttp(completion()).json().get("system_fingerprint").textValue())
        .isEqualTo("v1-" + next.checksum().substring(0, 16));

    Path bad = checkpoint(3);
    ServedVersion intact = new ServedVersion(2, digest(bad));
    corrupt(bad);
    announce(run, intact, bad);
    Patience.await(() -> refusals() == 1);
    assertThat(served()).isEqualTo(next);
    assertThat(readiness()).isEqualTo(HealthCheckResponse.Status.UP);
    assertThat(policy().generate(request(1, 5)).getSamples(0).getVersion())
        .isEqualTo(next.toProto());
    send(run, "still", 0, 5, 6);
    assertThat(versionsOf(awaitRollout(run, "still"))).containsOnly(next);
  }

  private static List<ServedVersion> versionsOf(Rollout rollout) {
    assertThat(rollout.getStatus()).isEqualTo(Status.STATUS_OK);
    return rollout.getCompletionsList().stream()
        .flatMap(completion -> completion.getVersionSpansList().stream())
        .map(span -> ServedVersion.of(span.getVersion()))
        .toList();
  }

  @Test
  void aStreamGoesOnAcrossASwapAndNamesTheVersionOfEachToken() {
    startAndAwait(Optional.empty());
    PolicyModel opened = server.model().orElseThrow();
    ServedVersion start = opened.engine().served();
    held = new HeldEngine(opened);
    try (LanguageModel next = TinyModel.createUntied(2)) {
      Iterator<GenerateStreamResponse> stream =
          policy()
              .generateStream(
                  GenerateStreamRequest.newBuilder().setRequest(request(1, 5, 6)).build());
      Patience.await(() -> opened.engine().waitingRows() == 1);
      held.step();
      held.step();
      List<ServedVersion> versions = new ArrayList<>();
      versions.add(ServedVersion.of(stream.next().getVersion()));
      CompletableFuture<Void> swapped = opened.engine().swap(next.weights(), NEXT);
      held.letGo();
      swapped.join();
      stream.forEachRemaining(token -> versions.add(ServedVersion.of(token.getVersion())));
      assertThat(versions).hasSize(20).startsWith(start, start).endsWith(NEXT, NEXT);
      assertThat(versions.stream().distinct()).containsExactly(start, NEXT);
    }
  }

  @Test
  void aPromptWithoutProbabilitiesFailsByNameAndTheNextIsAnswered() {
    String run = "server-not-finite";
    startAndAwait(Optional.of(run));
    List<Integer> answer = policy().generate(request(1, 5, 6)).getSamples(0).getTokenIdsList();
    int broken =
        IntStream.range(0, 256).filter(token -> !answer.contains(token)).findFirst().orElseThrow();
    try (LanguageModel next = TinyModel.createUntied(1)) {
      TinyModel.breakToken(next, broken);
      server.model().orElseThrow().engine().swap(next.weights(), NEXT).join();
    }
    assertThatThrownBy(() -> policy().generate(request(2, 5, broken, 6)))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageStartingWith(
            "INTERNAL: generation failed: token 0 of answer 0 has the log-probability NaN")
        .hasMessageEndingWith("expected finite numbers from version 1 (111111111111…)");
    assertThat(policy().generate(request(1, 5, 6)).getSamples(0).getTokenIdsList())
        .isEqualTo(answer);
    send(run, "hopeless", 0, 5, broken, 6);
    Rollout failed = awaitRollout(run, "hopeless");
    assertThat(failed.getStatus()).isEqualTo(Status.STATUS_FAILED);
    assertThat(failed.getError()).contains("token 0 of answer 0 has the log-probability NaN");
    assertThat(failed.getCompletionsList()).isEmpty();
    assertThat(registry.get(PolicyMetrics.NOT_FINITE).counter().count()).isEqualTo(2);
  }

  @Test
  void drainingIsNotReadyRefusesWhatComesAndFinishesWhatRuns() {
    startAndAwait(Optional.empty());
    PolicyModel opened = server.model().orElseThrow();
    held = new HeldEngine(opened);
    ListenableFuture<GenerateResponse> running =
        PolicyServiceGrpc.newFutureStub(channel).generate(request(2, 5));
    Patience.await(() -> opened.engine().waitingRows() == 2);
    CompletableFuture<Void> drained = CompletableFuture.runAsync(this::stopServer);
    Patience.await(() -> !server.ready());
    assertThat(readiness()).isEqualTo(HealthCheckResponse.Status.DOWN);
    Patience.await(() -> healthOf(PolicyServiceGrpc.SERVICE_NAME) == ServingStatus.NOT_SERVING);
    Patience.await(this::refusesRequests);
    assertThat(running.isDone()).isFalse();
    held.letGo();
    drained.join();
    assertThat(running).succeedsWithin(Patience.LONGEST);
    assertThat(registry.get(PolicyMetrics.ANSWERS).tag("reason", "length").counter().count())
        .isEqualTo(4 + 2);
  }

  private boolean refusesRequests() {
    try {
      policy().withDeadlineAfter(200, TimeUnit.MILLISECONDS).generate(request(1, 5));
      return false;
    } catch (StatusRuntimeException e) {
      // Until it drains, the engine takes the request, which waits.
      return e.getStatus().getCode() == io.grpc.Status.Code.UNAVAILABLE;
    }
  }
}
