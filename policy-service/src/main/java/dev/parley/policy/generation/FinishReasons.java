package dev.parley.policy.generation;

import dev.parley.model.generation.FinishReason;

/** The contract's form of why an answer ended. */
public final class FinishReasons {

  private FinishReasons() {}

  /** Returns the contract's form. */
  public static dev.parley.proto.sampling.v1.FinishReason toProto(FinishReason reason) {
    return switch (reason) {
      case STOP_TOKEN -> dev.parley.proto.sampling.v1.FinishReason.FINISH_REASON_STOP_TOKEN;
      case STOP_STRING -> dev.parley.proto.sampling.v1.FinishReason.FINISH_REASON_STOP_STRING;
      case LENGTH -> dev.parley.proto.sampling.v1.FinishReason.FINISH_REASON_LENGTH;
      case ABORTED -> dev.parley.proto.sampling.v1.FinishReason.FINISH_REASON_ABORTED;
    };
  }
}
