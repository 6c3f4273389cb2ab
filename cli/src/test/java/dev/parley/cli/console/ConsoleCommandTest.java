package dev.parley.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.process.Ports;
import dev.parley.cli.process.ProgramJar;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.cli.up.Service;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 4, unit = TimeUnit.MINUTES)
class ConsoleCommandTest {

  private final CapturedTerminal terminal = CapturedTerminal.piped();
  private final List<Process> started = new ArrayList<>();

  @TempDir Path root;

  @BeforeEach
  void build() throws IOException {
    ProgramJar.write(root.resolve("console/target/quarkus-app/quarkus-run.jar"), FakeConsole.class);
  }

  @AfterEach
  void stop() {
    // Ended processes do not mind; one that a failed test left behind takes its children with it.
    started.forEach(Process::destroy);
  }

  /** Where the stand-in tells what it was sent. */
  private Path told() {
    return root.resolve("console/target/quarkus-app/told");
  }

  private Process console(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Service.java(),
                "-XX:TieredStopAtLevel=1",
                "-Dparley.root=" + root,
                "-cp",
                System.getProperty("java.class.path"),
                Parley.class.getName(),
                "console",
                "--no-browser",
                "--port",
                Integer.toString(Ports.free()),
                "--dir",
                root.resolve("state").toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(root.resolve("errors.log").toFile()).start();
    started.add(process);
    return process;
  }

  /** What it prints until everything is ready. */
  private List<String> announcement(Process console) throws IOException {
    BufferedReader output = console.inputReader();
    List<String> lines = new ArrayList<>();
    String line;
    while ((line = output.readLine()) != null) {
      lines.add(line);
      if (line.startsWith("All is kept in ")) {
        return lines;
      }
    }
    throw new AssertionError(lines + "\n" + Files.readString(root.resolve("errors.log")));
  }

  @Test
  void databaseBrokerAndPagesRunWithTheStudyUntilTheCommandIsStopped() throws Exception {
    Path pairs = Files.writeString(root.resolve("pairs.jsonl"), "{\"prompt\": \"Q\"}\n");
    Path guide = Files.writeString(root.resolve("guide.txt"), "Be strict & fair.");

    Process console =
        console(
            pairs.toString(),
            "--overlap",
            "2",
            "--graded",
            "--instructions",
            guide.toString(),
            "--policy",
            "new=localhost:7");
    List<String> lines = announcement(console);

    assertThat(lines.get(0)).matches("page    http://localhost:\\d+/sign-in#token=[0-9a-f]{32}");
    assertThat(lines.get(1)).isEqualTo("study   pairs: 1 pairs, 1 of 2 verdicts");
    List<String> told = Files.readAllLines(told());
    assertThat(told.get(0))
        .isEqualTo(
            "name=pairs&overlap=2&ties=true&graded=true&instructions=Be+strict+&+fair."
                + "&first-policy=new&second-policy=new");
    assertThat(told.get(1)).isEqualTo("{\"prompt\": \"Q\"}");
    assertThat(told).anyMatch(line -> line.matches("jdbc:postgresql://localhost:\\d+/parley"));
    assertThat(told).contains("localhost:7");
    assertThat(lines.get(2)).startsWith("events  " + told.get(told.size() - 2));
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(root.resolve("state/secrets.properties"))))
        .isEqualTo("rw-------");
    List<ProcessHandle> children = console.descendants().toList();
    console.destroy();
    console.waitFor();

    assertThat(Files.readString(root.resolve("errors.log")).lines())
        .contains("3 rows are left out: their two answers are the same text")
        .endsWith("stopping console", "stopping broker", "stopping database");
    for (ProcessHandle child : children) {
      child.onExit().get();
    }

    Process export = console("--export", root.resolve("out.jsonl").toString());
    assertThat(export.waitFor()).as(Files.readString(root.resolve("errors.log"))).isZero();
    assertThat(Files.readString(root.resolve("out.jsonl"))).isEqualTo("{\"parley\": 1}\n");
  }

  @Test
  void answersOfTwoModelsToTheSamePromptsBecomePairs() throws IOException {
    Path one =
        Files.writeString(
            root.resolve("new.jsonl"),
            """
            {"prompt": "Q1", "response": "new 1"}
            {"prompt": "Q2", "response": "new 2"}
            """);
    Path other =
        Files.writeString(
            root.resolve("old.jsonl"),
            """
            {"prompt": "Q2", "response": "old 2"}
            {"prompt": "Q3", "response": "old 3"}
            """);
    Path pairs = root.resolve("joined.jsonl");

    JoinedAnswers.write(one, other, pairs);

    List<String> lines = Files.readAllLines(pairs);
    assertThat(lines).hasSize(1);
    JsonNode pair = new ObjectMapper().readTree(lines.get(0));
    assertThat(pair.path("prompt").path(0).path("content").asText()).isEqualTo("Q2");
    assertThat(pair.path("answer_a").asText()).isEqualTo("new 2");
    assertThat(pair.path("answer_b").asText()).isEqualTo("old 2");
    assertThat(pair.path("model_a").asText()).isEqualTo("new");
    assertThat(pair.path("model_b").asText()).isEqualTo("old");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pairs.jsonl --export out.jsonl|expected no PAIRS beside it",
        "--against old.jsonl|--against needs PAIRS",
        "pairs.jsonl --overlap 0|--overlap is 0; expected at least 1",
        "pairs.jsonl --policy a=b:1 --policy c=d:2 --policy e=f:3|--policy is given 3 times"
      })
  void whatMakesNoSenseIsWrongUsage(String arguments, String message) {
    assertThat(Parley.run(terminal.terminal(), ("console " + arguments).split(" ")))
        .isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains(message);
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThat(Parley.run(terminal.terminal(), "console", "none.jsonl")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("there is no file none.jsonl");
  }
}
