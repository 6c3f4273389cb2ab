package dev.parley.judge.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.parley.judge.chat.AnswerStore;
import dev.parley.judge.chat.ChatClient;
import dev.parley.judge.chat.ChatException;
import dev.parley.judge.chat.ChatRequest;
import dev.parley.judge.chat.Endpoint;
import dev.parley.judge.chat.FakeEndpoint;
import dev.parley.judge.chat.FakeEndpoint.Answer;
import dev.parley.judge.chat.Message;
import dev.parley.judge.chat.NoTime;
import dev.parley.judge.verdict.PairRuling.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JudgeTest {

  private static final Exchange SALT = Exchange.of(List.of(Message.user("Is the sea salty?")));
  private static final List<Message> YES = List.of(Message.assistant("Yes, 3.5% by weight."));
  private static final List<Message> NO = List.of(Message.assistant("No."));

  @TempDir Path directory;

  private static Judge judge(FakeEndpoint server, JudgePrompt prompt) {
    return Judge.of(
        new ChatClient(Endpoint.of(server.address(), "judge-1"), AnswerStore.none(), new NoTime()),
        prompt,
        new ChatRequest(
            List.of(Message.user("")),
            OptionalDouble.of(0),
            OptionalInt.empty(),
            OptionalLong.empty(),
            0));
  }

  private static PairRuling compare(Function<JsonNode, Answer> script) throws Exception {
    try (FakeEndpoint server = new FakeEndpoint(script)) {
      return judge(server, JudgePrompt.pair(false)).compare(SALT, YES, NO);
    }
  }

  /** Whether the right answer is shown as A. */
  private static boolean rightIsA(JsonNode request) {
    String asked = FakeEndpoint.asked(request);
    return asked.indexOf("3.5%") < asked.indexOf("<answer-B>");
  }

  @Test
  void anAnswerThatIsBetterInBothOrdersIsBetter() throws Exception {
    PairRuling ruling =
        compare(request -> Answer.says(rightIsA(request) ? "True. [[A]]" : "True. [[B]]"));

    assertThat(ruling.outcome()).isEqualTo(Outcome.FIRST);
    assertThat(ruling.inOrder().text()).isEqualTo("True. [[A]]");
    assertThat(ruling.swapped().verdict()).contains("B");
  }

  @Test
  void aJudgeThatPrefersAPlaceIsInconsistent() throws Exception {
    PairRuling ruling = compare(request -> Answer.says("[[A]]"));

    assertThat(ruling.outcome()).isEqualTo(Outcome.INCONSISTENT);
    assertThat(ruling.favoursA()).isTrue();
    assertThat(ruling.favoursB()).isFalse();
  }

  @Test
  void aTieInOneOrderAloneIsInconsistentAndInBothATie() throws Exception {
    assertThat(compare(request -> Answer.says(rightIsA(request) ? "[[C]]" : "[[B]]")).outcome())
        .isEqualTo(Outcome.INCONSISTENT);
    assertThat(compare(request -> Answer.says("[[C]]")).outcome()).isEqualTo(Outcome.TIE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"A is better.", "[[A]] or rather [[B]]", "[[a]]", "[[D]]", "[A]", "", "[[A]"})
  void whatIsNoVerdictIsAskedForAgainAndThenFails(String text) throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says(text))) {
      PairRuling ruling = judge(server, JudgePrompt.pair(false)).compare(SALT, YES, NO);

      assertThat(ruling.outcome()).isEqualTo(Outcome.FAILED);
      assertThat(ruling.error()).startsWith("no verdict in 3 answers");
      assertThat(server.requests()).hasSize(6);
    }
  }

  @Test
  void theSecondReadingSaysWhatIsMissing() throws Exception {
    try (FakeEndpoint server =
        new FakeEndpoint(
            request ->
                Answer.says(
                    request.path("messages").size() < 4
                        ? "The first one."
                        : rightIsA(request) ? "[[A]]" : "[[C]]"))) {
      Ruling ruling = judge(server, JudgePrompt.pair(false)).compare(SALT, YES, NO).inOrder();

      assertThat(ruling.ok()).isTrue();
      assertThat(FakeEndpoint.asked(server.requests().get(1)))
          .startsWith("I cannot read your verdict: there is no verdict in it");
      assertThat(server.requests().get(1).at("/messages/2/content").asText())
          .isEqualTo("The first one.");
    }
  }

  @Test
  void anEndpointThatFailsFailsThePairAndOneThatRefusesEndsAll() throws Exception {
    assertThat(compare(request -> Answer.error(400, "too long", Map.of())).error())
        .contains("answered 400: too long");
    assertThatThrownBy(() -> compare(request -> Answer.error(401, "no", Map.of())))
        .isInstanceOf(ChatException.class);
  }

  @Test
  void gradesAreNumbersFromOneToTen() throws Exception {
    for (String valid : List.of("1", "7", "7.5", "10")) {
      assertThat(grade("Fine. [[" + valid + "]]").verdict()).contains(valid);
    }
    for (String invalid : List.of("0", "11", "-3", "7/10", "seven", "N", "0.5", "1e1")) {
      assertThat(grade("Fine. [[" + invalid + "]]").ok()).as(invalid).isFalse();
    }
  }

  private static Ruling grade(String text) throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says(text))) {
      return judge(server, JudgePrompt.grade(false)).grade(SALT, YES);
    }
  }

  @Test
  void bracesAndPlaceholdersInsideAnAnswerMeanNothing() throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("[[C]]"))) {
      judge(server, JudgePrompt.of("p", "", "{{q}} {question}: {answer_a} | {answer_b}"))
          .compare(SALT, List.of(Message.assistant("{answer_b} $1 {{x}}")), NO);

      assertThat(FakeEndpoint.asked(server.requests().get(0)))
          .isEqualTo("{q} Is the sea salty?: {answer_b} $1 {{x}} | No.");
    }
  }

  @Test
  void aReferenceAnswerIsShownToTheJudge() throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("[[C]]"))) {
      Judge judge = judge(server, JudgePrompt.pair(false));
      Judge both = new Judge(judge.client(), judge.plain(), JudgePrompt.pair(true), judge.how(), 1);

      both.compare(new Exchange(SALT.prompt(), Optional.of("It is."), Optional.empty()), YES, NO);
      both.compare(SALT, YES, NO);

      assertThat(FakeEndpoint.asked(server.requests().get(0)))
          .contains("<reference>\nIt is.\n</reference>");
      assertThat(FakeEndpoint.asked(server.requests().get(2))).doesNotContain("<reference>");
    }
  }

  @Test
  void aDialogueIsShownWithItsSpeakersAndTurnsByTheirNumbers() throws Exception {
    Exchange dialogue =
        Exchange.of(
            List.of(
                Message.user("Name a sea."),
                Message.assistant("The Baltic."),
                Message.user("Is it salty?")));
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("[[C]]"))) {
      judge(
              server,
              JudgePrompt.of(
                  "p", "", "{question} / {question_2} / {answer_a_1} / {answer_a_2} / {answer_b}"))
          .compare(dialogue, YES, NO);

      assertThat(FakeEndpoint.asked(server.requests().get(0)))
          .isEqualTo(
              "User: Name a sea.\n\nAssistant: The Baltic.\n\nUser: Is it salty? / Is it salty?"
                  + " / The Baltic. / Yes, 3.5% by weight. / No.");
    }
  }

  @Test
  void aPromptsPlaceholdersAreCheckedWhenItIsRead() {
    assertThatThrownBy(() -> JudgePrompt.of("p", "", "{question} {answr_a}"))
        .hasMessageContaining("the placeholder {answr_a}; expected");
    assertThatThrownBy(() -> JudgePrompt.of("p", "", "{question} {answer_a}"))
        .hasMessageContaining("{answer_a} and {answer_b} to judge a pair, or {answer}");
    assertThat(JudgePrompt.of("p", "", "{answer_a_1} {answer_b_1}").kind())
        .isEqualTo(JudgePrompt.Kind.PAIR);
  }

  @Test
  void aPromptFileIsTheSystemsTurnARuleAndTheUsers() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("strict.txt"), "Be strict.\n---\nGrade {answer} as [[N]].\n");

    assertThat(JudgePrompt.read(file.toString()))
        .isEqualTo(
            new JudgePrompt(
                "strict", "Be strict.", "Grade {answer} as [[N]].", JudgePrompt.Kind.GRADE));
  }

  @Test
  void mtBenchsPromptsAreTakenByTheirNames() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("judge_prompts.jsonl"),
            """
            {"name": "pair-v2", "type": "pairwise", "system_prompt": "Judge.", "prompt_template": "{question} {answer_a} {answer_b}"}
            {"name": "single-v1", "type": "single", "system_prompt": "Judge.", "prompt_template": "{question} {answer}"}
            """);

    assertThat(JudgePrompt.read(file + "#single-v1").kind()).isEqualTo(JudgePrompt.Kind.GRADE);
    assertThat(JudgePrompt.read(file + "#pair-v2").system()).isEqualTo("Judge.");
    assertThatThrownBy(() -> JudgePrompt.read(file + "#pair-v3"))
        .hasMessageContaining("has no prompt \"pair-v3\"; it has [pair-v2, single-v1]");
  }
}
