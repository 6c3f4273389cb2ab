package dev.parley.policy;

import dev.parley.model.decoder.DecoderShape;
import dev.parley.policy.generation.DrawnToken;
import dev.parley.policy.generation.EngineClosedException;
import dev.parley.policy.generation.FinishReasons;
import dev.parley.policy.generation.GeneratedGroup;
import dev.parley.policy.generation.GeneratedSample;
import dev.parley.policy.generation.GenerationJob;
import dev.parley.policy.generation.InvalidRequestException;
import dev.parley.policy.generation.QueueFullException;
import dev.parley.policy.prompt.EncodedPrompt;
import dev.parley.proto.grpc.RetryAfter;
import dev.parley.proto.policy.v1.DescribeModelRequest;
import dev.parley.proto.policy.v1.DescribeModelResponse;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.policy.v1.GenerateResponse;
import dev.parley.proto.policy.v1.GenerateStreamRequest;
import dev.parley.proto.policy.v1.GenerateStreamResponse;
import dev.parley.proto.policy.v1.PolicyServiceGrpc;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

/**
 * The edge: checks requests and decides on status codes.
 *
 * <p>It answers observers rather than Mutiny types, because Quarkus does not pass a caller's
 * cancellation on to a Uni, and a cancelled call must leave the engine.
 */
@GrpcService
public class PolicyGrpcService extends PolicyServiceGrpc.PolicyServiceImplBase {

  private final PolicyServer server;
  private final PolicyMetrics metrics;

  /** Takes what answers. */
  public PolicyGrpcService(PolicyServer server, PolicyMetrics metrics) {
    this.server = server;
    this.metrics = metrics;
  }

  @Override
  @Blocking
  public void generate(GenerateRequest request, StreamObserver<GenerateResponse> observer) {
    Exchange<GenerateResponse> exchange = new Exchange<>(observer);
    exchange.guard(
        () -> {
          PolicyModel model = model();
          EncodedPrompt prompt = model.encoder().encode(request);
          GenerationJob job =
              model.planner().plan(prompt.tokens(), request, GenerationJob.NO_TOKEN_LISTENER);
          exchange.submit(
              model, job, group -> exchange.send(response(request, prompt.tokens().length, group)));
        });
  }

  @Override
  @Blocking
  public void generateStream(
      GenerateStreamRequest request, StreamObserver<GenerateStreamResponse> observer) {
    Exchange<GenerateStreamResponse> exchange = new Exchange<>(observer);
    exchange.guard(
        () -> {
          PolicyModel model = model();
          EncodedPrompt prompt = model.encoder().encode(request.getRequest());
          GenerationJob job =
              model
                  .planner()
                  .plan(
                      prompt.tokens(),
                      request.getRequest(),
                      token -> exchange.send(response(token)));
          exchange.submit(model, job, group -> {});
        });
  }

  @Override
  public void describeModel(
      DescribeModelRequest request, StreamObserver<DescribeModelResponse> observer) {
    Exchange<DescribeModelResponse> exchange = new Exchange<>(observer);
    exchange.guard(
        () -> {
          exchange.send(description(model()));
          exchange.complete();
        });
  }

  private PolicyModel model() throws Refusal {
    return server
        .model()
        .orElseThrow(
            () ->
                new Refusal(Status.UNAVAILABLE.withDescription("the model is still being loaded")));
  }

  private static GenerateResponse response(
      GenerateRequest request, int promptTokens, GeneratedGroup group) {
    GenerateResponse.Builder response = GenerateResponse.newBuilder().setPromptTokens(promptTokens);
    for (GeneratedSample sample : group.samples()) {
      dev.parley.proto.policy.v1.GeneratedSample.Builder built =
          response
              .addSamplesBuilder()
              .setIndex(sample.index())
              .setText(sample.text())
              .setFinishReason(FinishReasons.toProto(sample.finish()))
              .setSeed(sample.seed())
              .setVersion(sample.versions().get(sample.versions().size() - 1).version().toProto());
      for (int i = 0; i < sample.tokens().length; i++) {
        built.addTokenIds(sample.tokens()[i]);
        if (request.getLogProbs()) {
          built.addSamplingLogProbs(sample.samplingLogProbs()[i]);
          built.addModelLogProbs(sample.modelLogProbs()[i]);
        }
      }
    }
    return response.build();
  }

  private static GenerateStreamResponse response(DrawnToken token) {
    GenerateStreamResponse.Builder response =
        GenerateStreamResponse.newBuilder()
            .setIndex(token.index())
            .setTextDelta(token.text())
            .setTokenId(token.token())
            .setSamplingLogProb(token.samplingLogProb())
            .setModelLogProb(token.modelLogProb())
            .setVersion(token.version().toProto());
    token.finish().ifPresent(reason -> response.setFinishReason(FinishReasons.toProto(reason)));
    return response.build();
  }

  private DescribeModelResponse description(PolicyModel model) {
    DecoderShape shape = model.language().shape();
    return DescribeModelResponse.newBuilder()
        .setVersion(model.engine().served().toProto())
        .setArchitecture(model.language().architecture())
        .setVocabularySize(shape.vocabulary())
        .setHiddenSize(shape.hidden())
        .setLayers(shape.layers())
        .setAttentionHeads(shape.heads())
        .setKeyValueHeads(shape.keyValueHeads())
        .setMaxPositions(shape.maxPositions())
        .setParameters(model.language().weights().parameters())
        .setDevice(model.language().options().deviceName())
        .setDataType(model.language().options().precision().toString())
        .setTemplateHash(model.encoder().templateHash())
        .setRunId(server.runId().orElse(""))
        .build();
  }

  /** A request that this server cannot take in its present state. */
  private static final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Status status;

    Refusal(Status status) {
      super(status.getDescription());
      this.status = status;
    }
  }

  /** What a method does with a request. */
  private interface Handling {
    void run() throws Refusal, QueueFullException;
  }

  /** One call: the way back, the status it ends with, and its time. */
  private final class Exchange<T> {

    private final ServerCallStreamObserver<T> observer;
    private final long startNanos = System.nanoTime();
    private Optional<GenerationJob> job = Optional.empty();

    Exchange(StreamObserver<T> observer) {
      this.observer = (ServerCallStreamObserver<T>) observer;
      // Without a handler a message to a caller who went away throws.
      this.observer.setOnCancelHandler(() -> job.ifPresent(GenerationJob::cancel));
    }

    void guard(Handling handling) {
      try {
        handling.run();
      } catch (InvalidRequestException e) {
        fail(Status.INVALID_ARGUMENT.withDescription(e.getMessage()), new Metadata());
      } catch (QueueFullException e) {
        Metadata trailers = new Metadata();
        trailers.put(
            RetryAfter.MILLISECONDS, Long.toString(Math.max(1, e.retryAfter().toMillis())));
        fail(Status.RESOURCE_EXHAUSTED.withDescription(e.getMessage()), trailers);
      } catch (Refusal e) {
        fail(e.status, new Metadata());
      } catch (RuntimeException e) {
        fail(statusOf(e), new Metadata());
      }
    }

    void submit(PolicyModel model, GenerationJob submitted, Consumer<GeneratedGroup> onSuccess)
        throws QueueFullException {
      job = Optional.of(submitted);
      model.engine().submit(submitted);
      submitted
          .result()
          .whenComplete(
              (group, failure) -> {
                if (failure == null) {
                  onSuccess.accept(group);
                  complete();
                } else {
                  fail(statusOf(failure), new Metadata());
                }
              });
    }

    void send(T message) {
      observer.onNext(message);
    }

    void complete() {
      count(Status.Code.OK);
      observer.onCompleted();
    }

    private void fail(Status status, Metadata trailers) {
      count(status.getCode());
      if (status.getCode() != Status.Code.CANCELLED) {
        observer.onError(status.asRuntimeException(trailers));
      }
    }

    private Status statusOf(Throwable failure) {
      if (failure instanceof CancellationException) {
        return Status.CANCELLED;
      }
      if (failure instanceof EngineClosedException) {
        return Status.UNAVAILABLE.withDescription(failure.getMessage());
      }
      return Status.INTERNAL.withDescription("generation failed: " + failure.getMessage());
    }

    private void count(Status.Code code) {
      metrics.answered(code.name(), System.nanoTime() - startNanos);
    }
  }
}
