package dev.parley.judge.constitution;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.parley.judge.chat.AnswerStore;
import dev.parley.judge.chat.ChatClient;
import dev.parley.judge.chat.ChatRequest;
import dev.parley.judge.chat.Endpoint;
import dev.parley.judge.chat.FakeEndpoint;
import dev.parley.judge.chat.FakeEndpoint.Answer;
import dev.parley.judge.chat.Message;
import dev.parley.judge.chat.NoTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ReviserTest {

  private static final Constitution POLITE =
      new Constitution(
          "polite",
          List.of(new Principle("critique!", "revise!", "choose!")),
          List.of(List.of(Message.user("example"), Message.assistant("shown"))));

  private static Reviser reviser(FakeEndpoint server, int rounds) {
    return new Reviser(
        new ChatClient(Endpoint.of(server.address(), "writer"), AnswerStore.none(), new NoTime()),
        POLITE,
        rounds,
        new ChatRequest(
            List.of(Message.user("")),
            OptionalDouble.of(1),
            OptionalInt.of(64),
            OptionalLong.empty(),
            0),
        7);
  }

  private static List<String> contents(JsonNode request) {
    List<String> contents = new ArrayList<>();
    request.path("messages").forEach(m -> contents.add(m.path("content").asText()));
    return contents;
  }

  @Test
  void anAnswerIsCriticisedAndRevisedAndEachRoundBeginsFromTheNewest() throws Exception {
    try (FakeEndpoint server =
        FakeEndpoint.inTurn(
            Answer.says("Go away."),
            Answer.says("It is rude."),
            Answer.says("Please go."),
            Answer.says("It is curt."),
            Answer.says("Would you please go?"))) {
      Revision revision =
          reviser(server, 2)
              .revise(
                  0,
                  List.of(Message.system("Be brief."), Message.user("Leave?")),
                  Optional.empty());

      assertThat(revision)
          .isEqualTo(
              new Revision(
                  "Go away.",
                  List.of(
                      new Revision.Round(0, "It is rude.", "Please go."),
                      new Revision.Round(0, "It is curt.", "Would you please go?")),
                  ""));
      assertThat(contents(server.requests().get(0))).containsExactly("Be brief.", "Leave?");
      assertThat(contents(server.requests().get(4)))
          .containsExactly(
              "Be brief.",
              "example",
              "shown",
              "Leave?",
              "Please go.",
              "critique!",
              "It is curt.",
              "revise!");
    }
  }

  @Test
  void anAnswerThatIsThereAlreadyIsNotDrawnAgain() throws Exception {
    try (FakeEndpoint server =
        FakeEndpoint.inTurn(Answer.says("It is rude."), Answer.says("Please go."))) {
      Revision revision =
          reviser(server, 1).revise(0, List.of(Message.user("Leave?")), Optional.of("Get lost."));

      assertThat(revision.original()).isEqualTo("Get lost.");
      assertThat(revision.last()).isEqualTo("Please go.");
      assertThat(server.requests()).hasSize(2);
    }
  }

  @Test
  void anEmptyRevisionIsAFailureAndNoAnswer() throws Exception {
    try (FakeEndpoint server =
        FakeEndpoint.inTurn(Answer.says("Go."), Answer.says("Rude."), Answer.says("  "))) {
      Revision revision =
          reviser(server, 1).revise(0, List.of(Message.user("Leave?")), Optional.empty());

      assertThat(revision.whole()).isFalse();
      assertThat(revision.error()).isEqualTo("revision 1 is empty");
      assertThat(revision.original()).isEqualTo("Go.");
    }
  }
}
