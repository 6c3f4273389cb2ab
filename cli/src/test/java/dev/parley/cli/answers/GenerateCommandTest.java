package dev.parley.cli.answers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateCommandTest {

  @TempDir static Path shared;
  private static Path model;

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path directory;

  @BeforeAll
  static void write() {
    model = TinyModel.write(shared.resolve("model"), 3);
  }

  @Test
  void onePromptPrintsItsAnswersAndTheSameSeedPrintsTheSame() {
    String[] arguments = {"--prompt", "Hi", "-n", "2", "--max-new-tokens", "8", "--seed", "4"};
    assertThat(generate(arguments)).isEqualTo(ExitCode.OK);
    String first = terminal.out();

    CapturedTerminal again = CapturedTerminal.piped();
    assertThat(Parley.run(again.terminal(), all(arguments))).isZero();
    assertThat(again.out()).isEqualTo(first).isNotBlank();

    CapturedTerminal other = CapturedTerminal.piped();
    arguments[arguments.length - 1] = "5";
    Parley.run(other.terminal(), all(arguments));
    assertThat(other.out()).isNotEqualTo(first);
  }

  @Test
  void anAdapterAnswersAsTheModelThatItMakesOfItsBase() {
    Path adapter = TinyModel.writeAdapter(directory.resolve("adapter"), model, Heads.LANGUAGE, 5);
    String[] arguments = {"--prompt", "Hi", "--max-new-tokens", "8", "--temperature", "0"};
    assertThat(
            Parley.run(
                terminal.terminal(),
                "models",
                "merge",
                adapter.toString(),
                "--output",
                directory.resolve("merged").toString()))
        .isZero();

    assertThat(answers(adapter, arguments))
        .isEqualTo(answers(directory.resolve("merged"), arguments))
        .isNotEqualTo(answers(model, arguments));
  }

  private static String answers(Path model, String... arguments) {
    CapturedTerminal terminal = CapturedTerminal.piped();
    List<String> all = new ArrayList<>(List.of("generate", model.toString()));
    all.addAll(List.of(arguments));
    assertThat(Parley.run(terminal.terminal(), all.toArray(String[]::new)))
        .as(terminal.err())
        .isZero();
    return terminal.out();
  }

  @Test
  void aFileOfPromptsBecomesOneLinePerAnswer() throws IOException {
    Path prompts =
        Files.writeString(
            directory.resolve("prompts.jsonl"),
            """
            {"prompt":"One?"}
            {"prompt":[{"role":"system","content":"Be brief."},{"role":"user","content":"Two?"}],"reference_answer":"2","topic":"numbers"}
            """);
    Path answers = directory.resolve("answers.jsonl");

    assertThat(
            generate(
                "--input",
                prompts.toString(),
                "--output",
                answers.toString(),
                "-n",
                "3",
                "--max-new-tokens",
                "6"))
        .isZero();

    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(answers)) {
      lines.add(new ObjectMapper().readTree(line));
    }
    assertThat(lines).hasSize(6);
    assertThat(lines.get(0).get("prompt").toString())
        .isEqualTo("[{\"role\":\"user\",\"content\":\"One?\"}]");
    assertThat(lines.get(3).at("/prompt/0/role").asText()).isEqualTo("system");
    assertThat(lines.get(3).get("reference_answer").asText()).isEqualTo("2");
    assertThat(lines.get(3).get("topic").asText()).isEqualTo("numbers");
    assertThat(lines)
        .allSatisfy(
            line -> {
              assertThat(line.get("tokens").asInt()).isBetween(1, 6);
              // A stop token may be the sixth too.
              assertThat(line.get("finish_reason").asText())
                  .isIn(
                      line.get("tokens").asInt() == 6
                          ? List.of("length", "stop_token")
                          : List.of("stop_token"));
            });
    assertThat(terminal.out()).isEmpty();
    assertThat(terminal.err()).contains("generating", "6/6 answers", "tok/s");
  }

  @Test
  void aMissingFileAndABadRowFailWithTheirPlace() throws IOException {
    Path bad = Files.writeString(directory.resolve("bad.jsonl"), "{\"prompt\":\"A?\"}\noops\n");

    assertThat(generate("--input", directory + "/none.jsonl")).isEqualTo(ExitCode.FAILED);
    assertThat(generate("--input", bad.toString())).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err())
        .contains("there is no file " + directory + "/none.jsonl", bad + ":2: not JSON");
  }

  @Test
  void aPromptThatTheModelCannotReadFailsWithItsLength() {
    assertThat(generate("--prompt", "long ".repeat(100))).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err()).contains("prompt 1 has 5", "fewer than 256");
  }

  @Test
  void choicesThatMeanNothingAreWrongUsage() {
    assertThat(generate("--prompt", "A", "--temperature", "-1")).isEqualTo(ExitCode.USAGE);
    assertThat(generate("--prompt", "A", "--top-p", "2")).isEqualTo(ExitCode.USAGE);
    assertThat(generate("--prompt", "A", "--device", "gpu")).isEqualTo(ExitCode.USAGE);
    assertThat(generate("--prompt", "A", "--precision", "int8")).isEqualTo(ExitCode.USAGE);
    assertThat(generate("--prompt", "A", "-n", "0")).isEqualTo(ExitCode.USAGE);
    assertThat(generate()).isEqualTo(ExitCode.USAGE);
    assertThat(generate("--prompt", "A", "--input", "b.jsonl")).isEqualTo(ExitCode.USAGE);

    assertThat(terminal.err())
        .contains(
            "temperature is -1.0",
            "top_p is 2.0",
            "--device is \"gpu\", expected cpu, cuda or cuda:N",
            "--precision is \"int8\", expected float32 or bfloat16",
            "-n is 0; expected at least 1");
  }

  @Test
  void aRewardModelAnswersNothing() {
    Path reward = TinyModel.writeReward(directory.resolve("reward"), 5);

    assertThat(Parley.run(terminal.terminal(), "generate", reward.toString(), "--prompt", "A"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("LlamaForSequenceClassification, which predicts no tokens");
  }

  private int generate(String... arguments) {
    return Parley.run(terminal.terminal(), all(arguments));
  }

  private static String[] all(String... arguments) {
    List<String> all = new ArrayList<>(List.of("generate", model.toString()));
    all.addAll(List.of(arguments));
    return all.toArray(String[]::new);
  }
}
