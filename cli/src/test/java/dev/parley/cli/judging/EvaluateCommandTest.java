package dev.parley.cli.judging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.judge.chat.FakeEndpoint;
import dev.parley.judge.chat.FakeEndpoint.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandTest {

  @TempDir Path directory;

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  private Path answers(String name, String... responses) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < responses.length; i++) {
      lines.append(
          "{\"prompt\":[{\"role\":\"user\",\"content\":\"Q%d\"}],\"response\":\"%s\",\"tokens\":3}%n"
              .formatted(i, responses[i]));
    }
    return Files.writeString(directory.resolve(name), lines);
  }

  private int evaluate(FakeEndpoint server, Path ours, Path theirs) {
    return Parley.run(
        terminal.terminal(),
        "evaluate",
        "--judge",
        server.address(),
        "--model",
        "judge-1",
        "--cache",
        directory.resolve("kept").toString(),
        "--answers",
        ours.toString(),
        "--baseline",
        theirs.toString(),
        "--output",
        directory.resolve("battles.jsonl").toString());
  }

  private static FakeEndpoint preferringGood() throws IOException {
    return new FakeEndpoint(
        request -> {
          String asked = FakeEndpoint.asked(request);
          if (!asked.contains("good")) {
            return Answer.says("[[A]]");
          }
          return Answer.says(
              asked.indexOf("good") < asked.indexOf("<answer-B>") ? "[[A]]" : "[[B]]");
        });
  }

  @Test
  void theWinRateComesWithItsIntervalAndTheBattlesFeedTheArena() throws IOException {
    Path ours = answers("new.jsonl", "good a", "good b, and longer", "bad", "plain");
    Path theirs = answers("old.jsonl", "bad", "bad", "good", "simple", "alone");
    try (FakeEndpoint server = preferringGood()) {
      assertThat(evaluate(server, ours, theirs)).as(terminal.err()).isEqualTo(ExitCode.OK);
    }

    // Two wins, a loss, and an inconsistent pair that counts a half: 2.5 of 4.
    assertThat(terminal.out())
        .startsWith("new against old")
        .containsPattern("won +2\n +lost +1\n +ties +0\n +inconsistent, half each +1")
        .containsPattern("win rate +62.5% +95%: [0-9.]+% to [0-9.]+%")
        .containsPattern("length-controlled +[0-9.]+%");
    assertThat(terminal.err()).contains("1 answers have no partner in the other file");
    assertThat(
            Parley.run(terminal.terminal(), "arena", directory.resolve("battles.jsonl").toString()))
        .isEqualTo(ExitCode.OK);
    assertThat(terminal.out()).containsPattern("new +1044 ");
  }

  @Test
  void filesWithoutACommonPromptAreAFailure() throws IOException {
    Path ours = answers("new.jsonl", "good");
    Path theirs =
        Files.writeString(
            directory.resolve("old.jsonl"), "{\"prompt\":\"Else\",\"response\":\"bad\"}\n");
    try (FakeEndpoint server = preferringGood()) {
      assertThat(evaluate(server, ours, theirs)).isEqualTo(ExitCode.FAILED);
      assertThat(server.requests()).isEmpty();
    }

    assertThat(terminal.err()).contains("answer no prompt in common");
  }
}
