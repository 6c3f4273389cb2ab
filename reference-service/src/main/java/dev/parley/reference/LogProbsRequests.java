package dev.parley.reference;

import dev.parley.proto.reference.v1.LogProbsRequest;
import dev.parley.proto.reference.v1.TokenSequence;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Checks what a request asks for. */
final class LogProbsRequests {

  private LogProbsRequests() {}

  /**
   * Returns the sequences of a request.
   *
   * @param vocabulary V
   * @param maxPositions longest sequence
   * @throws IllegalArgumentException naming the sequence that cannot be used, and its numbers
   */
  static List<TokenRow> rows(LogProbsRequest request, int vocabulary, int maxPositions) {
    List<TokenRow> rows = new ArrayList<>();
    for (int i = 0; i < request.getSequencesCount(); i++) {
      rows.add(row(i, request.getSequences(i), vocabulary, maxPositions));
    }
    return rows;
  }

  private static TokenRow row(int index, TokenSequence sequence, int vocabulary, int maxPositions) {
    int length = sequence.getTokenIdsCount();
    require(length > 0, index, "token_ids is empty");
    require(
        length <= maxPositions,
        index,
        "%d tokens are more than the model's longest sequence, %d",
        length,
        maxPositions);
    int[] tokens = new int[length];
    for (int t = 0; t < length; t++) {
      tokens[t] = sequence.getTokenIds(t);
      require(
          Integer.compareUnsigned(tokens[t], vocabulary) < 0,
          index,
          "token_ids[%d] is %s, the vocabulary has %d tokens",
          t,
          Integer.toUnsignedString(tokens[t]),
          vocabulary);
    }
    int marks = sequence.getMaskCount();
    require(
        marks == 0 || marks == length,
        index,
        "mask has %d elements for %d tokens; expected as many, or none",
        marks,
        length);
    require(
        marks == 0 || !sequence.getMask(0),
        index,
        "mask[0] is true, but nothing comes before the first token that could predict it");
    int[] wanted =
        IntStream.range(1, length).filter(t -> marks == 0 || sequence.getMask(t)).toArray();
    return new TokenRow(tokens, wanted);
  }

  private static void require(boolean holds, int index, String problem, Object... numbers) {
    if (!holds) {
      throw new IllegalArgumentException("sequences[" + index + "]: " + problem.formatted(numbers));
    }
  }

  /**
   * Returns what divides the logits.
   *
   * @throws IllegalArgumentException if it is not a positive number
   */
  static float temperature(LogProbsRequest request) {
    float temperature = request.hasTemperature() ? (float) request.getTemperature() : 1;
    if (!(temperature > 0) || Float.isInfinite(temperature)) {
      throw new IllegalArgumentException(
          "temperature is " + request.getTemperature() + ", expected a positive number");
    }
    return temperature;
  }
}
