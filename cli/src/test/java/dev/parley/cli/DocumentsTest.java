package dev.parley.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.terminal.CapturedTerminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The documents stay true: what they say to type is understood, and where they point is something.
 */
class DocumentsTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Set<String> PASSED_OVER = Set.of("target", "runs", "node_modules", "venv");

  /** A block of code, the first group, between fences of their own lines. */
  private static final Pattern BLOCK =
      Pattern.compile("^```[a-z]*\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  /** A command line up to what a shell would end it with. */
  private static final Pattern COMMAND =
      Pattern.compile(
          "(?:^|[|;&(]|&&|\\$)\\s*(?:[A-Z_]+=\\S+\\s+)*(?:\\./)?parley\\s+([^|;&)\\n]*)");

  /** A word as a shell reads it: with quotes or without. */
  private static final Pattern WORD = Pattern.compile("(?:'[^']*'|\"[^\"]*\"|[^\\s'\"])+");

  private static final Pattern LINK = Pattern.compile("(?<!!)\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("^#{1,6} (.*)$", Pattern.MULTILINE);

  @TempDir Path directory;

  @TestFactory
  Stream<DynamicTest> everyCommandInADocumentIsUnderstood() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path document : documents()) {
      for (String command : commands(Files.readString(document))) {
        tests.add(
            DynamicTest.dynamicTest(
                ROOT.relativize(document) + ": parley " + command, () -> parse(command)));
      }
    }
    assertThat(tests).as("commands in documents").isNotEmpty();
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> everyRelativeLinkPointsAtSomething() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path document : documents()) {
      Matcher link = LINK.matcher(withoutCode(Files.readString(document)));
      while (link.find()) {
        String target = link.group(1);
        if (!target.matches("[a-z]+:.*")) {
          tests.add(
              DynamicTest.dynamicTest(
                  ROOT.relativize(document) + ": " + target, () -> follow(document, target)));
        }
      }
    }
    assertThat(tests).as("links in documents").isNotEmpty();
    return tests.stream();
  }

  @Test
  void aMisspeltOptionOrCommandInADocumentIsFound() {
    String document =
        """
        Words with `parley nonsense` in them are no command line.
        ```
        X=1 ./parley chat --rum a   # says
        parley up --policy 'a b' \\
            --rewardd c | grep d
        cd e && parley trian sft
        ```
        """;

    List<String> commands = commands(document);

    assertThat(commands)
        .containsExactly("chat --rum a", "up --policy 'a b' --rewardd c", "trian sft");
    assertThat(commands)
        .allSatisfy(
            command -> assertThatThrownBy(() -> parse(command)).isInstanceOf(AssertionError.class));
  }

  private void parse(String command) throws IOException {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(command);
    while (word.find()) {
      words.add(word.group().replaceAll("['\"]", ""));
    }
    // A file of settings is read while a command line is parsed, so there must be one.
    Path settings = Files.writeString(directory.resolve("settings.yaml"), "");
    for (int i = 1; i < words.size(); i++) {
      if (words.get(i - 1).equals("--config")) {
        words.set(i, settings.toString());
      }
    }
    CommandLine parley = Parley.commandLine(CapturedTerminal.piped().terminal());
    try {
      parley.parseArgs(words.toArray(String[]::new));
    } catch (ParameterException e) {
      throw new AssertionError("parley %s: %s".formatted(command, e.getMessage()), e);
    }
  }

  private static List<String> commands(String document) {
    List<String> commands = new ArrayList<>();
    Matcher block = BLOCK.matcher(document);
    while (block.find()) {
      String joined = block.group(1).replaceAll("\\\\\\n\\s*", "");
      for (String line : joined.lines().toList()) {
        Matcher command = COMMAND.matcher(line.replaceAll("(^|\\s)#.*$", ""));
        while (command.find()) {
          commands.add(command.group(1).strip());
        }
      }
    }
    return commands;
  }

  private static void follow(Path document, String target) throws IOException {
    String[] parts = target.split("#", 2);
    Path file = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]).normalize();
    assertThat(file).exists();
    if (parts.length == 2) {
      assertThat(anchors(Files.readString(file))).contains(parts[1]);
    }
  }

  /** The names that GitHub gives headings. */
  private static List<String> anchors(String document) {
    List<String> anchors = new ArrayList<>();
    Matcher heading = HEADING.matcher(withoutCode(document));
    while (heading.find()) {
      anchors.add(
          heading
              .group(1)
              .toLowerCase(Locale.ROOT)
              .replaceAll("[^\\p{L}\\p{N} _-]", "")
              .replace(' ', '-'));
    }
    return anchors;
  }

  private static String withoutCode(String document) {
    return BLOCK.matcher(document).replaceAll("");
  }

  private static List<Path> documents() throws IOException {
    Predicate<Path> ours =
        path -> {
          for (Path part : ROOT.relativize(path)) {
            String name = part.toString();
            if (PASSED_OVER.contains(name) || name.startsWith(".")) {
              return false;
            }
          }
          return true;
        };
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().endsWith(".md") && ours.test(file))
          .sorted()
          .toList();
    }
  }
}
