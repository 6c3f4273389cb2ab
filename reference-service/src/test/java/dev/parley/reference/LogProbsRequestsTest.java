package dev.parley.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.proto.reference.v1.LogProbsRequest;
import dev.parley.proto.reference.v1.TokenSequence;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogProbsRequestsTest {

  private static final TokenSequence GOOD =
      TokenSequence.newBuilder().addAllTokenIds(List.of(1, 2, 3)).build();

  private static List<TokenRow> rows(TokenSequence second) {
    LogProbsRequest request =
        LogProbsRequest.newBuilder().addSequences(GOOD).addSequences(second).build();
    return LogProbsRequests.rows(request, 10, 5);
  }

  private static void refused(TokenSequence.Builder second, String message) {
    assertThatThrownBy(() -> rows(second.build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("sequences[1]: " + message);
  }

  @Test
  void withoutAMaskEveryTokenButTheFirstIsWanted() {
    TokenRow row = rows(GOOD).get(0);
    assertThat(row.tokens()).containsExactly(1, 2, 3);
    assertThat(row.wanted()).containsExactly(1, 2);
  }

  @Test
  void theMaskSaysWhatIsWanted() {
    TokenSequence masked =
        TokenSequence.newBuilder()
            .addAllTokenIds(List.of(4, 5, 6, 7))
            .addAllMask(List.of(false, false, true, false))
            .build();
    assertThat(rows(masked).get(1).wanted()).containsExactly(2);
  }

  @Test
  void anEmptySequenceIsNamed() {
    refused(TokenSequence.newBuilder(), "token_ids is empty");
  }

  @Test
  void aTooLongSequenceIsNamedWithBothLengths() {
    refused(
        TokenSequence.newBuilder().addAllTokenIds(List.of(1, 1, 1, 1, 1, 1)),
        "6 tokens are more than the model's longest sequence, 5");
  }

  @Test
  void aTokenOutsideTheVocabularyIsNamed() {
    refused(
        TokenSequence.newBuilder().addAllTokenIds(List.of(1, 10)),
        "token_ids[1] is 10, the vocabulary has 10 tokens");
  }

  @Test
  void aTokenIsAnUnsignedNumber() {
    refused(
        TokenSequence.newBuilder().addTokenIds(-1),
        "token_ids[0] is 4294967295, the vocabulary has 10 tokens");
  }

  @Test
  void aMaskOfAnotherLengthIsNamedWithBothLengths() {
    refused(
        TokenSequence.newBuilder().addAllTokenIds(List.of(1, 2)).addMask(false),
        "mask has 1 elements for 2 tokens; expected as many, or none");
  }

  @Test
  void theFirstTokenCannotBeWanted() {
    refused(
        TokenSequence.newBuilder().addTokenIds(1).addMask(true),
        "mask[0] is true, but nothing comes before the first token that could predict it");
  }

  @Test
  void anUnsetTemperatureIsOne() {
    assertThat(LogProbsRequests.temperature(LogProbsRequest.getDefaultInstance())).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e300})
  void aTemperatureThatIsNoPositiveNumberIsRefused(double temperature) {
    LogProbsRequest request = LogProbsRequest.newBuilder().setTemperature(temperature).build();
    assertThatThrownBy(() -> LogProbsRequests.temperature(request))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("temperature is " + temperature + ", expected a positive number");
  }
}
