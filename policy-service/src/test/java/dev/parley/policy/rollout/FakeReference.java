package dev.parley.policy.rollout;

import dev.parley.proto.reference.v1.LogProbsRequest;
import dev.parley.proto.reference.v1.LogProbsResponse;
import dev.parley.proto.reference.v1.ReferenceServiceGrpc;
import dev.parley.proto.reference.v1.TokenLogProbs;
import dev.parley.proto.reference.v1.TokenSequence;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** A reference service on a real port: log p of the token at position t is −t. */
final class FakeReference extends ReferenceServiceGrpc.ReferenceServiceImplBase
    implements AutoCloseable {

  /** The digest that it answers with. */
  static final String DIGEST = "a".repeat(64);

  private final Server server;
  private final List<LogProbsRequest> requests = new CopyOnWriteArrayList<>();
  private volatile UnaryOperator<LogProbsResponse> change = UnaryOperator.identity();

  FakeReference() {
    try {
      server = ServerBuilder.forPort(0).addService(this).build().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Has the answers changed before they are sent. */
  void change(UnaryOperator<LogProbsResponse> next) {
    change = next;
  }

  List<LogProbsRequest> requests() {
    return requests;
  }

  String target() {
    return "localhost:" + server.getPort();
  }

  @Override
  public void logProbs(LogProbsRequest request, StreamObserver<LogProbsResponse> answer) {
    requests.add(request);
    LogProbsResponse.Builder response = LogProbsResponse.newBuilder().setDigest(DIGEST);
    for (TokenSequence sequence : request.getSequencesList()) {
      TokenLogProbs.Builder row = response.addResultsBuilder();
      for (int t = 0; t < sequence.getTokenIdsCount(); t++) {
        row.addLogProbs(sequence.getMask(t) ? -t : 0);
      }
    }
    answer.onNext(change.apply(response.build()));
    answer.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
