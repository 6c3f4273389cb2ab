package dev.parley.reward.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.judge.chat.FakeEndpoint;
import dev.parley.judge.chat.FakeEndpoint.Answer;
import dev.parley.model.text.ChatMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JudgeScorerTest {

  @TempDir Path directory;

  private static Scorer judge(FakeEndpoint server, String... more) {
    String[] settings = new String[more.length + 6];
    System.arraycopy(
        new String[] {
          "address", server.address(), "model", "judge-1", "attempts", "1",
        },
        0,
        settings,
        0,
        6);
    System.arraycopy(more, 0, settings, 6, more.length);
    return Configured.ofType("judge", settings);
  }

  private static Item answer(String text) {
    return Item.of(new Content.Texts("Is the sea salty?", text));
  }

  @Test
  void anAnswersGradeIsItsScoreAndAFailureIsNoNumber() throws IOException {
    try (FakeEndpoint server =
            new FakeEndpoint(
                request -> {
                  String asked = request.toString();
                  return asked.contains("Yes")
                      ? Answer.says("Right. [[9]]")
                      : asked.contains("Perhaps")
                          ? Answer.says("Who knows.")
                          : Answer.error(500, "broken", Map.of());
                });
        Scorer scorer = judge(server)) {
      List<Verdict> verdicts =
          scorer.score(List.of(answer("Yes."), answer("Perhaps."), answer("No."), answer("Yes!")));

      assertThat(verdicts.get(0).value()).isEqualTo(9);
      assertThat(verdicts.get(1).ok()).isFalse();
      assertThat(verdicts.get(1).error()).contains("no verdict in 3 answers");
      assertThat(verdicts.get(2).ok()).isFalse();
      assertThat(verdicts.get(2).error()).contains("answered 500: broken");
      assertThat(verdicts.get(3).value()).isEqualTo(9);
    }
  }

  @Test
  void againstABaselineAWinIsOneAndADisagreementOfTheOrdersAHalf() throws IOException {
    try (FakeEndpoint server =
            new FakeEndpoint(
                request -> {
                  String asked = FakeEndpoint.asked(request);
                  return Answer.says(
                      !asked.contains("Yes") || asked.indexOf("Yes") < asked.indexOf("<answer-B>")
                          ? "[[A]]"
                          : "[[B]]");
                });
        Scorer scorer = judge(server, "mode", "baseline")) {
      Map<String, String> baseline = Map.of("baseline_answer", "Maybe.");
      List<Verdict> verdicts =
          scorer.score(
              List.of(
                  new Item(new Content.Texts("Salty?", "Yes."), "", baseline),
                  new Item(new Content.Texts("Salty?", "No."), "", baseline),
                  new Item(
                      new Content.Texts("Salty?", "No."),
                      "",
                      Map.of("baseline_answer", "Yes indeed.")),
                  answer("Yes.")));

      assertThat(verdicts.get(0)).isEqualTo(Verdict.of(1, Map.of("inconsistent", 0.0)));
      assertThat(verdicts.get(1)).isEqualTo(Verdict.of(0.5, Map.of("inconsistent", 1.0)));
      assertThat(verdicts.get(2)).isEqualTo(Verdict.of(0, Map.of("inconsistent", 0.0)));
      assertThat(verdicts.get(3).error()).contains("has no metadata \"baseline_answer\"");
    }
  }

  @Test
  void aConversationIsJudgedByItsLastTurnAndWithItsReference() throws IOException {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("[[7]]"));
        Scorer scorer = judge(server)) {
      Verdict verdict =
          scorer
              .score(
                  List.of(
                      new Item(
                          new Content.Dialogue(
                              List.of(
                                  new ChatMessage("user", "Name a sea."),
                                  new ChatMessage("assistant", "The Baltic."),
                                  new ChatMessage("user", "Salty?"),
                                  new ChatMessage("assistant", "Hardly."))),
                          "Brackish.",
                          Map.of())))
              .get(0);

      assertThat(verdict.value()).isEqualTo(7);
      assertThat(FakeEndpoint.asked(server.requests().get(0)))
          .contains("User: Name a sea.\n\nAssistant: The Baltic.\n\nUser: Salty?")
          .contains("<reference>\nBrackish.\n</reference>")
          .contains("<answer>\nHardly.\n</answer>");
    }
  }

  @Test
  void tokensAndConversationsWithoutAnAnswerFail() throws IOException {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("[[7]]"));
        Scorer scorer = judge(server)) {
      List<Verdict> verdicts =
          scorer.score(
              List.of(
                  Item.of(new Content.Tokens(new int[] {1})),
                  Item.of(new Content.Dialogue(List.of(new ChatMessage("user", "Salty?"))))));

      assertThat(verdicts).allMatch(verdict -> !verdict.ok());
      assertThat(server.requests()).isEmpty();
    }
  }

  @Test
  void theVersionFollowsThePromptAndTheModelAndNotTheAddress() throws IOException {
    Path prompt = Files.writeString(directory.resolve("p.txt"), "Grade {answer} as [[N]]");
    String[] versions = new String[5];
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("[[7]]"));
        FakeEndpoint other = FakeEndpoint.inTurn(Answer.says("[[7]]"))) {
      versions[0] = judge(server).version();
      versions[1] = judge(other, "concurrency", "2").version();
      versions[2] = judge(server, "prompt", prompt.toString()).version();
      Files.writeString(prompt, "Grade {answer} strictly as [[N]]");
      versions[3] = judge(server, "prompt", prompt.toString()).version();
      versions[4] = judge(server, "temperature", "1").version();
    }

    assertThat(versions[1]).isEqualTo(versions[0]);
    assertThat(List.of(versions[0], versions[2], versions[3], versions[4])).doesNotHaveDuplicates();
  }

  @Test
  void wrongSettingsAreNamedByTheirKeys() throws IOException {
    Path pair = Files.writeString(directory.resolve("p.txt"), "{answer_a} {answer_b}");
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("[[7]]"))) {
      assertThatThrownBy(() -> Configured.ofType("judge", "model", "m"))
          .hasMessageContaining("parley.reward.scorers.own.address is \"\", expected an endpoint");
      assertThatThrownBy(() -> Configured.ofType("judge", "address", server.address()))
          .hasMessageContaining("own.model is not set");
      assertThatThrownBy(() -> judge(server, "prompt", pair.toString()))
          .hasMessageContaining("own.prompt")
          .hasMessageContaining("{answer}, as mode is grade");
      assertThatThrownBy(() -> judge(server, "concurrency", "0"))
          .hasMessageContaining("own.concurrency is \"0\"");
      assertThatThrownBy(() -> judge(server, "concurency", "2")).hasMessageContaining("no setting");
    }
  }
}
