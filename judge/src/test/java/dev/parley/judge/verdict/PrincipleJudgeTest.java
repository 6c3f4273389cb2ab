package dev.parley.judge.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.parley.judge.chat.AnswerStore;
import dev.parley.judge.chat.ChatClient;
import dev.parley.judge.chat.ChatRequest;
import dev.parley.judge.chat.Endpoint;
import dev.parley.judge.chat.FakeEndpoint;
import dev.parley.judge.chat.FakeEndpoint.Answer;
import dev.parley.judge.chat.Message;
import dev.parley.judge.chat.NoTime;
import dev.parley.judge.verdict.PrincipleJudge.Label;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class PrincipleJudgeTest {

  private static Label compare(Function<JsonNode, Answer> script) throws Exception {
    try (FakeEndpoint server = new FakeEndpoint(script)) {
      return new PrincipleJudge(
              new ChatClient(
                  Endpoint.of(server.address(), "judge-1"), AnswerStore.none(), new NoTime()),
              new ChatRequest(
                  List.of(Message.user("")),
                  OptionalDouble.of(0),
                  OptionalInt.of(3),
                  OptionalLong.empty(),
                  20),
              2)
          .compare(
              List.of(Message.user("Leave?")),
              List.of(Message.assistant("Please.")),
              List.of(Message.assistant("Go away.")),
              "Choose the kinder one.");
    }
  }

  private static boolean kindIsA(JsonNode request) {
    String asked = FakeEndpoint.asked(request);
    return asked.indexOf("Please.") < asked.indexOf("Go away.");
  }

  private static Map<String, Double> odds(double a, double b) {
    return Map.of("A", Math.log(a), "B", Math.log(b), "The", Math.log(0.01));
  }

  @Test
  void theLabelIsTheProbabilityOfTheLettersInTheMeanOfBothOrders() throws Exception {
    // In order: P(A) = 0.6 / 0.8 = 0.75. Swapped: P(A) = 0.1 / 0.5 = 0.2, so 0.8 for the first.
    Label label =
        compare(
            request ->
                kindIsA(request)
                    ? Answer.says("A", odds(0.6, 0.2))
                    : Answer.says("B", odds(0.1, 0.4)));

    assertThat(label.firstBetter().getAsDouble()).isCloseTo((0.75 + 0.8) / 2, within(1e-12));
    assertThat(label.fromLogProbs()).isTrue();
    assertThat(label.inconsistent()).isFalse();
  }

  @Test
  void aJudgeThatLeansTowardsAGivesAnEvenLabelAndIsInconsistent() throws Exception {
    Label label = compare(request -> Answer.says("A", odds(0.8, 0.2)));

    assertThat(label.firstBetter().getAsDouble()).isCloseTo(0.5, within(1e-12));
    assertThat(label.inconsistent()).isTrue();
  }

  @Test
  void withoutLogProbabilitiesTheLetterCounts() throws Exception {
    Label label = compare(request -> Answer.says(kindIsA(request) ? "(A)" : "**B**."));

    assertThat(label.firstBetter()).hasValue(1);
    assertThat(label.fromLogProbs()).isFalse();
  }

  @Test
  void aLetterThatIsNotAmongTheLikelyTokensIsAtMostAsLikelyAsTheLast() throws Exception {
    Label label =
        compare(
            request ->
                Answer.says(
                    kindIsA(request) ? "A" : "B",
                    kindIsA(request)
                        ? Map.of("A", Math.log(0.95), "The", Math.log(0.05))
                        : Map.of("B", Math.log(0.95), "The", Math.log(0.05))));

    assertThat(label.firstBetter().getAsDouble()).isCloseTo(0.95, within(1e-12));
  }

  @Test
  void whereBothLettersAreLikelyTheProbabilitiesCountWhateverIsSaid() throws Exception {
    Label label =
        compare(
            request ->
                Answer.says(
                    "The",
                    Map.of(
                        "The",
                        Math.log(0.9),
                        kindIsA(request) ? " A" : " B",
                        Math.log(0.06),
                        kindIsA(request) ? "(B" : "(A",
                        Math.log(0.02))));

    assertThat(label.firstBetter().getAsDouble()).isCloseTo(0.75, within(1e-12));
    assertThat(label.inconsistent()).isFalse();
  }

  @Test
  void whatIsNoLetterIsAskedForAgainAndThenNoLabel() throws Exception {
    Label label = compare(request -> Answer.says("A good question."));

    assertThat(label.firstBetter()).isEmpty();
    assertThat(label.error()).contains("no verdict in 2 answers", "it is not A or B alone");
  }
}
