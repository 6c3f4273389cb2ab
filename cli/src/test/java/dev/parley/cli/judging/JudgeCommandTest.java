package dev.parley.cli.judging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.ReadOptions;
import dev.parley.judge.chat.FakeEndpoint;
import dev.parley.judge.chat.FakeEndpoint.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JudgeCommandTest {

  @TempDir Path directory;

  private final CapturedTerminal terminal = CapturedTerminal.piped();
  private Path pairs;
  private Path output;

  @BeforeEach
  void writePairs() throws IOException {
    output = directory.resolve("preferences.jsonl");
    pairs =
        Files.writeString(
            directory.resolve("pairs.jsonl"),
            """
            {"prompt":"Q1","chosen":"good one","rejected":"bad one"}
            {"prompt":"Q2","chosen":"bad two","rejected":"good two"}
            {"prompt":"Q3","answer_a":"like this","answer_b":"like that"}
            {"prompt":"Q4","answer_a":"broken","answer_b":"good four"}
            {"prompt":"Q5","answer_a":"placed","answer_b":"otherwise"}
            """);
  }

  /** Prefers what is good, ties what is alike, breaks on one pair and prefers A in another. */
  private static Answer verdict(JsonNode request) {
    String asked = request.path("messages").get(1).path("content").asText();
    if (asked.contains("broken")) {
      return Answer.says("I would rather not say.");
    }
    if (asked.contains("placed")) {
      return Answer.says("[[A]]");
    }
    if (asked.contains("like")) {
      return Answer.says("The same. [[C]]");
    }
    return Answer.says(
        asked.indexOf("good") < asked.indexOf("<answer-B>") ? "Good. [[A]]" : "Good. [[B]]");
  }

  private int judge(FakeEndpoint server, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "judge",
                "--judge",
                server.address(),
                "--model",
                "judge-1",
                "--cache",
                directory.resolve("answers").toString(),
                "--input",
                pairs.toString(),
                "--output",
                output.toString()));
    arguments.addAll(List.of(more));
    return Parley.run(terminal.terminal(), arguments.toArray(String[]::new));
  }

  private List<Preference> preferences() {
    return Dataset.of(output.toString()).preferences(ReadOptions.strict()).readAll();
  }

  @Test
  void pairsBecomePreferencesThatSayThatAModelJudgedAndWhich() throws IOException {
    try (FakeEndpoint server = new FakeEndpoint(JudgeCommandTest::verdict)) {
      assertThat(judge(server)).as(terminal.err()).isEqualTo(ExitCode.OK);
    }

    List<Preference> preferences = preferences();
    assertThat(preferences)
        .extracting(
            p -> p.prompt().get(0).content(), p -> p.chosen().get(0).content(), Preference::tie)
        .containsExactly(
            tuple("Q1", "good one", false),
            tuple("Q2", "good two", false),
            tuple("Q3", "like this", true),
            tuple("Q5", "placed", true));
    assertThat(preferences)
        .allSatisfy(p -> assertThat(p.source()).isEqualTo(PreferenceSource.MODEL))
        .allSatisfy(p -> assertThat(p.annotator()).isEqualTo("judge-1/pair"));
    assertThat(terminal.err())
        .containsPattern("pairs +5")
        .containsPattern("inconsistent +1 +20.0%")
        .containsPattern("always the one shown first +1")
        .containsPattern("failed +1 +20.0%")
        .containsPattern("preferences written +4")
        .containsPattern("agrees with the rows' own labels +50.0%")
        .contains("pairs.jsonl:4: no verdict in 3 answers");
  }

  @Test
  void everyJudgementIsKeptWithWhatTheJudgeSaid() throws IOException {
    try (FakeEndpoint server = new FakeEndpoint(JudgeCommandTest::verdict)) {
      judge(server);
    }

    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve("preferences.judgements.jsonl"))) {
      lines.add(new ObjectMapper().readTree(line));
    }
    assertThat(lines)
        .extracting(line -> line.path("outcome").asText())
        .containsExactly("first", "second", "tie", "failed", "inconsistent");
    assertThat(lines.get(0).at("/swapped/verdict").asText()).isEqualTo("B");
    assertThat(lines.get(2).at("/in_order/text").asText()).isEqualTo("The same. [[C]]");
    assertThat(lines.get(3).at("/in_order/error").asText()).startsWith("no verdict");
  }

  @Test
  void theSecondRunAsksNothingAndWritesTheSameBytes() throws IOException {
    try (FakeEndpoint server = new FakeEndpoint(JudgeCommandTest::verdict)) {
      judge(server, "--price-in", "1", "--price-out", "2");
      byte[] first = Files.readAllBytes(output);
      int asked = server.requests().size();

      judge(server);

      assertThat(server.requests()).hasSize(asked);
      assertThat(output).hasBinaryContent(first);
      assertThat(terminal.err())
          .containsPattern("cost +0.00")
          .containsPattern("questions answered +0\n +found on disk +" + asked);
    }
  }

  @Test
  void aRunThatWasRefusedGoesOnWhereItWasAndLeavesNoHalfFile() throws IOException {
    try (FakeEndpoint server =
        new FakeEndpoint(
            request ->
                request.toString().contains("Q3")
                    ? Answer.error(402, "pay first", Map.of())
                    : verdict(request))) {
      assertThat(judge(server, "--concurrency", "1")).isEqualTo(ExitCode.FAILED);
      assertThat(terminal.err()).contains("answered 402: pay first", "goes on from there");
      assertThat(output).doesNotExist();
      int asked = server.requests().size();

      server.script(JudgeCommandTest::verdict);
      assertThat(judge(server)).isEqualTo(ExitCode.OK);
      assertThat(server.requests().subList(asked, server.requests().size()))
          .noneMatch(request -> request.toString().contains("Q1"));
      assertThat(preferences()).hasSize(4);
    }
  }

  @Test
  void gradesBecomeMargins() throws IOException {
    try (FakeEndpoint server =
        new FakeEndpoint(
            request ->
                Answer.says(FakeEndpoint.asked(request).contains("good") ? "[[9]]" : "[[4]]"))) {
      assertThat(judge(server, "--graded")).as(terminal.err()).isEqualTo(ExitCode.OK);
    }

    assertThat(preferences().get(1).chosen().get(0).content()).isEqualTo("good two");
    assertThat(preferences().get(1).margin()).hasValue(5);
    assertThat(preferences().get(1).annotator()).isEqualTo("judge-1/grade");
    assertThat(preferences().get(2).tie()).isTrue();
  }

  @Test
  void inconsistentPairsCanBeLeftOut() throws IOException {
    try (FakeEndpoint server = new FakeEndpoint(JudgeCommandTest::verdict)) {
      judge(server, "--inconsistent", "drop");
    }

    assertThat(preferences()).extracting(p -> p.prompt().get(0).content()).doesNotContain("Q5");
  }

  @Test
  void aRowWithoutTwoAnswersIsNamed() throws IOException {
    Files.writeString(pairs, "{\"prompt\":\"Q1\"}\n");
    try (FakeEndpoint server = new FakeEndpoint(JudgeCommandTest::verdict)) {
      assertThat(judge(server)).isEqualTo(ExitCode.FAILED);
    }

    assertThat(terminal.err())
        .contains("pairs.jsonl:1: the row is a prompt and no pair; expected a preference");
  }

  @Test
  void optionsThatContradictEachOtherAreWrongUsage() throws IOException {
    Path prompt = Files.writeString(directory.resolve("p.txt"), "Grade {answer} as [[N]]");
    try (FakeEndpoint server = new FakeEndpoint(JudgeCommandTest::verdict)) {
      assertThat(judge(server, "--prompt-file", prompt.toString())).isEqualTo(ExitCode.USAGE);
      assertThat(judge(server, "--max-cost", "3")).isEqualTo(ExitCode.USAGE);
      assertThat(judge(server, "--inconsistent", "keep")).isEqualTo(ExitCode.USAGE);
      assertThat(server.requests()).isEmpty();
    }

    assertThat(terminal.err())
        .contains("add --graded")
        .contains("--max-cost bounds nothing without prices");
  }
}
