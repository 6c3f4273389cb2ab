package dev.parley.cli.answers;

import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.policy.v1.GenerateResponse;
import dev.parley.proto.policy.v1.GeneratedSample;
import dev.parley.proto.policy.v1.PolicyServiceGrpc;
import dev.parley.proto.sampling.v1.FinishReason;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;

/** A policy service that repeats the last turn with the answer's number. */
final class FakePolicy extends PolicyServiceGrpc.PolicyServiceImplBase implements AutoCloseable {

  final List<GenerateRequest> requests = new CopyOnWriteArrayList<>();
  final Deque<Status> refusals = new ConcurrentLinkedDeque<>();
  private final Server server;

  FakePolicy() throws IOException {
    server = ServerBuilder.forPort(0).addService(this).build().start();
  }

  String target() {
    return "localhost:" + server.getPort();
  }

  @Override
  public void generate(GenerateRequest request, StreamObserver<GenerateResponse> observer) {
    Status refusal = refusals.poll();
    if (refusal != null) {
      observer.onError(new StatusRuntimeException(refusal));
      return;
    }
    requests.add(request);
    var turns = request.getConversation().getMessagesList();
    String last = turns.get(turns.size() - 1).getContent();
    GenerateResponse.Builder response = GenerateResponse.newBuilder();
    for (int i = 0; i < request.getN(); i++) {
      response.addSamples(
          GeneratedSample.newBuilder()
              .setIndex(i)
              .setText(last + " " + i)
              .addTokenIds(1)
              .addTokenIds(2)
              .setFinishReason(FinishReason.FINISH_REASON_STOP_TOKEN));
    }
    observer.onNext(response.build());
    observer.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
