package dev.parley.policy.rollout;

import dev.parley.proto.rollout.v1.Status;
import java.util.List;

/**
 * The reference model's view of a group.
 *
 * @param digest of the reference model; empty if it gave no answer
 * @param rows one per answer of the group
 */
record ReferenceResult(String digest, List<Row> rows) {

  ReferenceResult {
    rows = List.copyOf(rows);
  }

  /**
   * One answer of T tokens.
   *
   * @param status whether the numbers are there
   * @param logProbs {@code [T]}, nats; empty unless the status is OK
   * @param error what went wrong; empty if the status is OK
   */
  record Row(Status status, List<Float> logProbs, String error) {

    Row {
      logProbs = List.copyOf(logProbs);
    }

    /** A row without numbers. */
    static Row missing(Status status, String error) {
      return new Row(status, List.of(), error);
    }
  }
}
