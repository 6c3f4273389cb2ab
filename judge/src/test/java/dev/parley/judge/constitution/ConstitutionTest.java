package dev.parley.judge.constitution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.judge.chat.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConstitutionTest {

  @TempDir Path directory;

  private Constitution read(String name, String text) throws IOException {
    return Constitution.read(Files.writeString(directory.resolve(name), text));
  }

  @Test
  void aTextHasOnePrincipleALine() throws IOException {
    Constitution constitution = read("mild.txt", "# Ours\n\nBe kind.\n  Be honest.  \n");

    assertThat(constitution.name()).isEqualTo("mild");
    assertThat(constitution.principles()).hasSize(2);
    Principle kind = constitution.principles().get(0);
    assertThat(kind.critique())
        .endsWith("goes against this principle, or that it does not: Be kind.");
    assertThat(kind.revision()).endsWith("The principle: Be kind.");
    assertThat(kind.comparison())
        .isEqualTo("Choose the answer that follows this principle better: Be kind.");
  }

  @Test
  void theFilesOfLlmSwarmAreReadWithTheirDialogues() throws IOException {
    Constitution constitution =
        read(
            "constitution.json",
            """
            {
              "constitutions": [
                {"critic": "Is it rude? Discuss.", "revision": "Rewrite it politely."}
              ],
              "system_chat": [
                [
                  {"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"},
                  {"role": "user", "content": "critique"}, {"role": "assistant", "content": "C"},
                  {"role": "user", "content": "revise"}, {"role": "assistant", "content": "R"}
                ]
              ]
            }
            """);

    assertThat(constitution.principles())
        .containsExactly(
            new Principle(
                "Is it rude? Discuss.",
                "Rewrite it politely.",
                "Choose the answer that has less need of this: Rewrite it politely."));
    assertThat(constitution.examples().get(0)).hasSize(6).contains(Message.assistant("C"));
  }

  @Test
  void yamlHasSentencesAndWholePrinciplesBesideEachOther() throws IOException {
    Constitution constitution =
        read(
            "c.yaml",
            """
            principles:
              - Be kind.
              - principle: Be honest.
                comparison: Choose the honest one.
              - critique: What is wrong?
                revision: Mend it.
                comparison: Choose the better one.
            """);

    assertThat(constitution.principles())
        .extracting(Principle::comparison)
        .containsExactly(
            "Choose the answer that follows this principle better: Be kind.",
            "Choose the honest one.",
            "Choose the better one.");
  }

  @Test
  void parleysOwnConstitutionIsRead() {
    assertThat(
            Constitution.read(
                    Path.of("..", "deploy", "constitutions", "helpful-honest-harmless.yaml"))
                .principles())
        .hasSize(16);
  }

  @Test
  void whatIsWrongIsNamedWithItsPlace() {
    assertThatThrownBy(() -> read("c.yaml", "principles:\n  - Be kind.\n  - critiqe: x\n"))
        .hasMessageContaining("c.yaml: principle 2 has the key \"critiqe\"; expected one of [");
    assertThatThrownBy(() -> read("c.yaml", "principles:\n  - critique: x\n"))
        .hasMessageContaining("principle 1 has the keys [critique]; expected principle, or");
    assertThatThrownBy(() -> read("c.yaml", "rules: [a]\n"))
        .hasMessageContaining("the file has the key \"rules\"");
    assertThatThrownBy(() -> read("c.json", "{\"constitutions\": "))
        .hasMessageContaining("is no YAML or JSON");
    assertThatThrownBy(() -> read("c.txt", "# nothing\n")).hasMessageContaining("no principles");
    assertThatThrownBy(
            () ->
                read(
                    "c.yaml",
                    "principles: [a]\n"
                        + "examples:\n"
                        + "  - - {role: user, content: a}\n"
                        + "    - {role: user, content: b}\n"))
        .hasMessageContaining("example 1 has the roles [user, user]; expected user and assistant");
    assertThatThrownBy(() -> Constitution.read(directory.resolve("none.txt")))
        .hasMessageContaining("there is no constitution");
  }

  @Test
  void principlesAreDrawnBySeedAndNoneTwiceBeforeAllWere() throws IOException {
    Constitution constitution = read("c.txt", "a\nb\nc\nd\n");

    assertThat(constitution.draw(6, 5)).isEqualTo(constitution.draw(6, 5));
    assertThat(new HashSet<>(constitution.draw(4, 5))).hasSize(4);
    List<Integer> first =
        LongStream.range(0, 4000).mapToObj(s -> constitution.draw(1, s).get(0)).toList();
    // A fair draw has 1,000 of each, give or take 27; five times that is out of reach.
    assertThat(IntStream.range(0, 4).mapToLong(i -> first.stream().filter(d -> d == i).count()))
        .allSatisfy(count -> assertThat(count).isBetween(860L, 1140L));
  }
}
