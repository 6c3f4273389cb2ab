import dev.parley.proto.reference.v1.LogProbsRequest;
import dev.parley.proto.reference.v1.LogProbsResponse;
import dev.parley.proto.reference.v1.ReferenceServiceGrpc;
import dev.parley.proto.reference.v1.TokenSequence;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.util.List;

/** Asks a reference service for the log-probabilities of three tokens, and prints them. */
public final class AskReference {
  private AskReference() {}

  public static void main(String[] arguments) {
    ManagedChannel channel = ManagedChannelBuilder.forTarget(arguments[0]).usePlaintext().build();
    try {
      LogProbsResponse response =
          ReferenceServiceGrpc.newBlockingStub(channel)
              .logProbs(
                  LogProbsRequest.newBuilder()
                      .addSequences(TokenSequence.newBuilder().addAllTokenIds(List.of(72, 105, 33)))
                      .build());
      System.out.println(response.getResults(0).getLogProbsList() + " of " + response.getDigest());
    } finally {
      channel.shutdownNow();
    }
  }
}
