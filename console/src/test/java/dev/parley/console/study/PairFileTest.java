package dev.parley.console.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PairFileTest {

  private static PairFile read(String text) throws IOException {
    return PairFile.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), true);
  }

  @Test
  void aRowHasAPromptTwoAnswersAndPerhapsNames() throws IOException {
    PairFile file =
        read(
            """
            {"question_id": 7, "prompt": "Is it?", "answer_a": "Yes.", "answer_b": "No.", "model_a": "x", "model_b": "y", "topic": "z"}

            {"prompt": [{"role": "system", "content": "Be brief."}, {"from": "human", "value": "Is it?"}], "answer_a": [{"role": "assistant", "content": "Yes."}], "answer_b": ""}
            """);

    assertThat(file.pairs())
        .containsExactly(
            new NewPair(
                "7",
                List.of(new Turn("user", "Is it?")),
                Optional.of(
                    new NewPair.Answers(
                        List.of(new Turn("assistant", "Yes.")),
                        List.of(new Turn("assistant", "No.")),
                        Optional.of("x"),
                        Optional.of("y")))),
            new NewPair(
                "3",
                List.of(new Turn("system", "Be brief."), new Turn("user", "Is it?")),
                Optional.of(
                    new NewPair.Answers(
                        List.of(new Turn("assistant", "Yes.")),
                        List.of(new Turn("assistant", "")),
                        Optional.empty(),
                        Optional.empty()))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"prompt\": \"Q\", \"response_a\": \"one\", \"response_b\": \"two\"}",
        "{\"prompt\": \"Q\", \"chosen\": \"one\", \"rejected\": \"two\"}",
        "{\"parley\": \"preference\", \"prompt\": [{\"role\": \"user\", \"content\": \"Q\"}],"
            + " \"chosen\": [{\"role\": \"assistant\", \"content\": \"one\"}], \"rejected\":"
            + " [{\"role\": \"assistant\", \"content\": \"two\"}], \"source\": \"model\"}"
      })
  void otherNamesOfTheAnswersAreReadInTheirOrder(String line) throws IOException {
    NewPair.Answers answers = read(line).pairs().get(0).answers().orElseThrow();

    assertThat(answers.first()).containsExactly(new Turn("assistant", "one"));
    assertThat(answers.second()).containsExactly(new Turn("assistant", "two"));
  }

  @Test
  void equalAnswersAreLeftOutAndCounted() throws IOException {
    PairFile file =
        read(
            """
            {"prompt": "1", "answer_a": "x", "answer_b": "x"}
            {"prompt": "2", "answer_a": "x", "answer_b": "y"}
            """);

    assertThat(file.pairs()).hasSize(1);
    assertThat(file.same()).isOne();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"prompt\": | line 1 is no JSON",
        "[1] | line 1 is no JSON object",
        "{\"prompt\": \"Q\", \"answer_a\": \"x\"} | has no two answers: found [prompt, answer_a]",
        "{\"answer_a\": \"x\", \"answer_b\": \"y\"} | \"prompt\" is absent, expected text or turns",
        "{\"prompt\": \" \", \"answer_a\": \"x\", \"answer_b\": \"y\"} | \"prompt\" is empty",
        "{\"prompt\": 3, \"answer_a\": \"x\", \"answer_b\": \"y\"} | \"prompt\" is 3, expected",
        "{\"prompt\": [{\"role\": \"usr\", \"content\": \"\"}], \"answer_a\": \"x\", \"answer_b\": \"y\"}"
            + " | there is no role \"usr\"",
        "{\"prompt\": [{\"role\": \"assistant\", \"content\": \"x\"}], \"answer_a\": \"x\", \"answer_b\":"
            + " \"y\"} | \"prompt\" ends with an answer",
        "{\"prompt\": \"Q\", \"answer_a\": \"x\", \"answer_b\": \"y\", \"model_c\": \"z\"} | did you mean"
            + " \"model_",
        "{\"prompt\": \"Q\", \"prompt\": \"Q\", \"answer_a\": \"x\", \"answer_b\": \"y\"} | Duplicate"
      })
  void aBadRowIsNamedByItsLine(String line, String message) {
    assertThatThrownBy(() -> read(line))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("line 1 ")
        .hasMessageContaining(message);
  }

  @Test
  void allBadRowsAreNamedUpToTen() {
    assertThatThrownBy(() -> read("{}\n".repeat(12)))
        .satisfies(
            e ->
                assertThat(e.getMessage().lines())
                    .hasSize(10)
                    .allSatisfy(
                        line -> assertThat(line).matches("line \\d+ \"prompt\" is absent.*")));
  }

  @Test
  void bytesThatAreNoTextAreRefused() {
    assertThatThrownBy(
            () -> PairFile.read(new ByteArrayInputStream(new byte[] {'{', (byte) 0xff}), true))
        .hasMessage("the file is not UTF-8 text");
  }

  @Test
  void aFileWithoutRowsIsRefused() {
    assertThatThrownBy(() -> read("\n\n")).hasMessageContaining("the file has no rows");
  }

  @Test
  void promptsAloneDoWherePoliciesAreAsked() throws IOException {
    PairFile file =
        PairFile.read(
            new ByteArrayInputStream("{\"prompt\": \"Q\"}".getBytes(StandardCharsets.UTF_8)),
            false);

    assertThat(file.pairs())
        .containsExactly(new NewPair("1", List.of(new Turn("user", "Q")), Optional.empty()));
  }
}
