package dev.parley.cli.answers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatCommandTest {

  @TempDir static Path shared;
  private static Path model;

  private final InputStream keyboard = System.in;
  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @BeforeAll
  static void write() {
    model = TinyModel.write(shared.resolve("runs/r-1/model"), 3);
  }

  @AfterEach
  void giveBackTheKeyboard() {
    System.setIn(keyboard);
  }

  @Test
  void everyLineIsAnsweredUntilInputEnds() {
    String one = said("Hi\n", model.toString());
    String two = said("Hi\n\nAgain\n", model.toString());

    assertThat(one).isNotBlank().doesNotContain("you>");
    assertThat(two).startsWith(one).hasSizeGreaterThan(one.length());
  }

  @Test
  void aRunThatMadeAnAdapterAloneIsTalkedToThroughIt() {
    Path adapter = shared.resolve("runs/r-2/adapter");
    TinyModel.writeAdapter(adapter, model, Heads.LANGUAGE, 5);

    assertThat(said("Hi\n", "--run", shared.resolve("runs/r-2").toString()))
        .isEqualTo(said("Hi\n", adapter.toString()))
        .isNotEqualTo(said("Hi\n", model.toString()));
  }

  @Test
  void theModelHearsTheConversationUntilItIsReset() {
    String one = said("Hi\n", model.toString());

    assertThat(said("Hi\nHi\n", model.toString())).startsWith(one).isNotEqualTo(one + one);
    assertThat(said("Hi\n/reset\nHi\n", model.toString()))
        .isEqualTo(one + "(a new conversation)\n" + one);
  }

  @Test
  void whatTheModelIsToldBeforeChangesItsAnswers() {
    assertThat(said("Hi\n", model.toString(), "--system", "Be kind."))
        .isNotEqualTo(said("Hi\n", model.toString()));
  }

  @Test
  void quitEndsBeforeWhatFollows() {
    assertThat(said("/quit\nHi\n", model.toString())).isEmpty();
  }

  @Test
  void aConversationThatOutgrowsTheModelIsSaidAndForgotten() {
    String one = said("Hi\n", model.toString());

    assertThat(said("%s\nHi\n".formatted("long ".repeat(100)), model.toString()))
        .startsWith("(the conversation has 5")
        .endsWith("the model reads 256; /reset begins a new one)\n" + one);
  }

  @Test
  void aPersonSeesAPromptAndTheSpeed() {
    CapturedTerminal seen = CapturedTerminal.seen();
    type("Hi\n");

    Parley.run(seen.terminal(), all(model.toString()));

    assertThat(seen.out()).contains("you> ", "tokens/s");
  }

  @Test
  void aRunIsFoundByItsDirectory() throws IOException {
    assertThat(said("Hi\n", "--run", shared.resolve("runs/r-1").toString()))
        .isEqualTo(said("Hi\n", model.toString()));

    Path unfinished = Files.createDirectories(shared.resolve("runs/r-2"));
    assertThat(Parley.run(terminal.terminal(), "chat", "--run", unfinished.toString()))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("has no finished model: there is no " + unfinished);
  }

  @Test
  void aModelOrARunMustBeNamedAndNotBoth() {
    assertThat(Parley.run(terminal.terminal(), "chat")).isEqualTo(ExitCode.USAGE);
    assertThat(Parley.run(terminal.terminal(), "chat", "m", "--run", "r"))
        .isEqualTo(ExitCode.USAGE);
  }

  /** What a conversation prints when nobody looks: greedy answers of few tokens. */
  private static String said(String typed, String... arguments) {
    CapturedTerminal pipe = CapturedTerminal.piped();
    type(typed);
    assertThat(Parley.run(pipe.terminal(), all(arguments))).as(pipe.err()).isZero();
    return pipe.out();
  }

  private static void type(String text) {
    System.setIn(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String[] all(String... arguments) {
    List<String> all = new ArrayList<>(List.of("chat"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--temperature", "0", "--max-new-tokens", "8"));
    return all.toArray(String[]::new);
  }
}
