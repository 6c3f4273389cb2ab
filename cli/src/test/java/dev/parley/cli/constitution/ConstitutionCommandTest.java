package dev.parley.cli.constitution;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.data.Demonstration;
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

class ConstitutionCommandTest {

  @TempDir Path directory;

  private final CapturedTerminal terminal = CapturedTerminal.piped();
  private Path output;

  @BeforeEach
  void writeConstitution() throws IOException {
    output = directory.resolve("out.jsonl");
    Files.writeString(
        directory.resolve("kind.json"),
        """
        {"constitutions": [
          {"critic": "CRITIC one", "revision": "REVISE one"},
          {"critic": "CRITIC two", "revision": "REVISE two"}]}
        """);
  }

  private int constitution(FakeEndpoint server, String command, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "constitution",
                command,
                "--constitution",
                directory.resolve("kind.json").toString(),
                "--endpoint",
                server.address(),
                "--model",
                "writer",
                "--cache",
                directory.resolve("kept").toString(),
                "--output",
                output.toString()));
    arguments.addAll(List.of(more));
    return Parley.run(terminal.terminal(), arguments.toArray(String[]::new));
  }

  private List<JsonNode> lines(String name) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve(name))) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  private static Answer write(JsonNode request) {
    String asked = FakeEndpoint.asked(request);
    if (asked.startsWith("CRITIC")) {
      return Answer.says("It breaks " + asked);
    }
    if (asked.startsWith("REVISE")) {
      return Answer.says("better by " + asked);
    }
    return asked.equals("Q2") ? Answer.says("") : Answer.says("first answer to " + asked);
  }

  @Test
  void promptsBecomeDemonstrationsOfRevisedAnswersWithTheirTrail() throws IOException {
    Path prompts =
        Files.writeString(
            directory.resolve("prompts.jsonl"),
            "{\"prompt\":\"Q1\"}\n"
                + "{\"prompt\":\"Q2\"}\n"
                + "{\"prompt\":\"Q3\",\"response\":\"given\"}\n");
    try (FakeEndpoint server = new FakeEndpoint(ConstitutionCommandTest::write)) {
      assertThat(constitution(server, "revise", "--prompts", prompts.toString(), "--rounds", "2"))
          .as(terminal.err())
          .isEqualTo(ExitCode.OK);
    }

    List<Demonstration> rows =
        Dataset.of(output.toString()).demonstrations(ReadOptions.strict()).readAll();
    assertThat(rows)
        .hasSize(2)
        .allSatisfy(row -> assertThat(row.source()).isEqualTo("writer/kind"));
    assertThat(rows.get(0).prompt().get(0).content()).isEqualTo("Q1");
    assertThat(rows.get(0).answer()).startsWith("better by REVISE");
    List<JsonNode> trail = lines("out.trail.jsonl");
    assertThat(trail).hasSize(3);
    assertThat(trail.get(0).path("original").asText()).isEqualTo("first answer to Q1");
    assertThat(trail.get(0).path("rounds")).hasSize(2);
    assertThat(trail.get(0).at("/rounds/0/critique").asText()).startsWith("It breaks CRITIC");
    assertThat(trail.get(0).at("/rounds/0/principle").asInt())
        .isNotEqualTo(trail.get(0).at("/rounds/1/principle").asInt());
    assertThat(trail.get(1).path("error").asText()).isEqualTo("the first answer is empty");
    assertThat(trail.get(2).path("original").asText()).isEqualTo("given");
    assertThat(terminal.err())
        .containsPattern("prompts revised +2")
        .containsPattern("failed +1")
        .contains("prompts.jsonl:2: the first answer is empty");
  }

  @Test
  void allRevisionsCanBeKeptAndTheSameSeedWritesTheSameBytes() throws IOException {
    Path prompts = Files.writeString(directory.resolve("prompts.jsonl"), "{\"prompt\":\"Q1\"}\n");
    String[] options = {"--prompts", prompts.toString(), "--rounds", "2", "--keep", "all"};
    try (FakeEndpoint server = new FakeEndpoint(ConstitutionCommandTest::write)) {
      constitution(server, "revise", options);
      byte[] first = Files.readAllBytes(output);
      int asked = server.requests().size();
      constitution(server, "revise", options);

      assertThat(output).hasBinaryContent(first);
      assertThat(server.requests()).hasSize(asked);
    }
    assertThat(Dataset.of(output.toString()).demonstrations(ReadOptions.strict()).readAll())
        .hasSize(2);
  }

  @Test
  void pairsBecomePreferencesThatNameTheConstitutionAndThePrinciple() throws IOException {
    Path pairs =
        Files.writeString(
            directory.resolve("pairs.jsonl"),
            """
            {"prompt":"Q1","chosen":"kind","rejected":"rude"}
            {"prompt":"Q2","answer_a":"rude","answer_b":"kind"}
            {"prompt":"Q3","answer_a":"this","answer_b":"that"}
            """);
    try (FakeEndpoint server =
        new FakeEndpoint(
            request -> {
              String asked = FakeEndpoint.asked(request);
              if (!asked.contains("kind")) {
                return Answer.says("A", Map.of("A", Math.log(0.6), "B", Math.log(0.4)));
              }
              boolean first = asked.indexOf("kind") < asked.indexOf("rude");
              return Answer.says(
                  first ? "A" : "B",
                  Map.of("A", Math.log(first ? 0.9 : 0.1), "B", Math.log(first ? 0.1 : 0.9)));
            })) {
      assertThat(constitution(server, "prefer", "--input", pairs.toString()))
          .as(terminal.err())
          .isEqualTo(ExitCode.OK);
    }

    List<Preference> rows =
        Dataset.of(output.toString()).preferences(ReadOptions.strict()).readAll();
    assertThat(rows).extracting(Preference::tie).containsExactly(false, false, true);
    assertThat(rows)
        .allSatisfy(row -> assertThat(row.source()).isEqualTo(PreferenceSource.MODEL))
        .allSatisfy(row -> assertThat(row.annotator()).matches("writer/kind#[12]"));
    assertThat(rows.get(1).chosen().get(0).content()).isEqualTo("kind");
    assertThat(rows.get(1).confidence().getAsDouble()).isBetween(0.8999, 0.9001);
    assertThat(rows.get(2).confidence()).hasValue(0.5);
    assertThat(lines("out.judgements.jsonl").get(1).path("first_better").asDouble())
        .isBetween(0.0999, 0.1001);
    assertThat(terminal.err())
        .containsPattern("whose orders disagree +1 +33.3%")
        .containsPattern("from log-probabilities +3")
        .containsPattern("agrees with the rows' own labels +100.0%");
  }

  @Test
  void aConstitutionThatIsNotThereIsWrongUsage() throws IOException {
    Files.delete(directory.resolve("kind.json"));
    try (FakeEndpoint server = new FakeEndpoint(ConstitutionCommandTest::write)) {
      assertThat(constitution(server, "revise", "--prompts", "x")).isEqualTo(ExitCode.USAGE);
    }
    assertThat(terminal.err()).contains("--constitution: there is no constitution");
  }
}
