package dev.parley.cli.answers;

import dev.parley.cli.Failure;
import dev.parley.cli.RetryingChannel;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.policy.v1.GenerateResponse;
import dev.parley.proto.policy.v1.PolicyServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.TimeUnit;

/**
 * Asks a policy service for answers. A service that is busy or restarting is asked again. Safe for
 * several threads.
 */
final class PolicyClient implements AutoCloseable {

  private static final int MINUTES_PER_CALL = 10;

  /** As the policy's own limit: a prompt may be longer than gRPC's 4 MiB. */
  private static final int LARGEST_MESSAGE = 64 << 20;

  private final String target;
  private final ManagedChannel channel;
  private final PolicyServiceGrpc.PolicyServiceBlockingStub stub;

  /**
   * A client; nothing is sent yet.
   *
   * @param target {@code HOST:PORT}
   */
  PolicyClient(String target) {
    this.target = target;
    this.channel =
        RetryingChannel.to(target, PolicyServiceGrpc.SERVICE_NAME)
            .maxInboundMessageSize(LARGEST_MESSAGE)
            .build();
    this.stub = PolicyServiceGrpc.newBlockingStub(channel);
  }

  /**
   * Has one prompt answered.
   *
   * @return as many answers as were asked for
   * @throws Failure if the service cannot be asked, or leaves one out
   */
  GenerateResponse generate(GenerateRequest request) {
    GenerateResponse response = ask(request);
    if (response.getSamplesCount() != request.getN()) {
      throw new Failure(
          "the policy service at %s gave %d of %d answers"
              .formatted(target, response.getSamplesCount(), request.getN()),
          "It breaks its contract; see its log.");
    }
    return response;
  }

  private GenerateResponse ask(GenerateRequest request) {
    try {
      return stub.withDeadlineAfter(MINUTES_PER_CALL, TimeUnit.MINUTES).generate(request);
    } catch (StatusRuntimeException e) {
      String description = e.getStatus().getDescription();
      throw new Failure(
          "the policy service at %s cannot answer: %s%s"
              .formatted(
                  target,
                  e.getStatus().getCode(),
                  description == null ? "" : " (" + description + ")"),
          switch (e.getStatus().getCode()) {
            case UNAVAILABLE -> "Is it running, and is this its port? parley up prints the ports.";
            case RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED ->
                "It has more to do than it can hold; ask for less at once with --rows.";
            case UNIMPLEMENTED -> "Something else listens there; expected parley's policy-service.";
            default -> "";
          },
          e);
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
