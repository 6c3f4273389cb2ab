package dev.parley.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalTest {

  @Test
  void aPipeGetsNoColoursAndNoMovingLines() {
    Terminal terminal = terminal("", Map.of("TERM", "xterm"));

    assertThat(terminal.colour()).isFalse();
    assertThat(terminal.errColour()).isFalse();
    assertThat(terminal.live()).isFalse();
    assertThat(terminal.red("text")).isEqualTo("text");
  }

  @Test
  void eachStreamIsSeenOrNotByItself() {
    Terminal terminal = terminal(" err 120", Map.of("TERM", "xterm"));

    assertThat(terminal.colour()).isFalse();
    assertThat(terminal.errColour()).isTrue();
    assertThat(terminal.live()).isTrue();
    assertThat(terminal.columns()).isEqualTo(120);
    assertThat(terminal.red("text")).isEqualTo("\u001B[31mtext\u001B[0m");
    assertThat(terminal.bold("text")).isEqualTo("text");
  }

  @Test
  void noColorTakesTheColoursAndLeavesTheLines() {
    Terminal terminal = terminal("out err 80", Map.of("TERM", "xterm", "NO_COLOR", "1"));

    assertThat(terminal.colour()).isFalse();
    assertThat(terminal.errColour()).isFalse();
    assertThat(terminal.live()).isTrue();
  }

  @Test
  void anEmptyNoColorSaysNothing() {
    assertThat(terminal("out", Map.of("NO_COLOR", "")).colour()).isTrue();
  }

  @Test
  void aDumbTerminalGetsPlainLines() {
    Terminal terminal = terminal("out err 80", Map.of("TERM", "dumb"));

    assertThat(terminal.live()).isFalse();
    assertThat(terminal.colour()).isFalse();
  }

  @Test
  void helpIsNeitherTooNarrowNorTooWide() {
    assertThat(terminal("out err 20", Map.of()).helpColumns()).isEqualTo(80);
    assertThat(terminal("out err 90", Map.of()).helpColumns()).isEqualTo(90);
    assertThat(terminal("out err 300", Map.of()).helpColumns()).isEqualTo(100);
  }

  private static Terminal terminal(String launcher, Map<String, String> environment) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
    return Terminal.of(nowhere, nowhere, launcher, environment);
  }
}
