package dev.parley.data.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.data.ChatTurn;
import dev.parley.data.PromptRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {

  @TempDir Path directory;

  @Test
  void aDirectoryIsItsRowFilesByName() throws IOException {
    for (String name : new String[] {"b.jsonl", "a.json", "c.jsonl.gz", "LICENSE", "notes.txt"}) {
      Files.writeString(directory.resolve(name), "");
    }
    Files.createDirectories(directory.resolve("deeper"));
    Files.writeString(directory.resolve("deeper/d.jsonl"), "");

    assertThat(Dataset.of(directory.toString()).files())
        .extracting(path -> path.getFileName().toString())
        .containsExactly("a.json", "b.jsonl", "c.jsonl.gz");
  }

  @Test
  void aPatternReachesDirectoriesBelow() throws IOException {
    Files.createDirectories(directory.resolve("x/y"));
    Files.writeString(directory.resolve("x/train-1.jsonl"), "");
    Files.writeString(directory.resolve("x/y/train-2.jsonl"), "");
    Files.writeString(directory.resolve("x/test.jsonl"), "");

    assertThat(Dataset.of(directory + "/x/train-*.jsonl").files()).hasSize(1);
    assertThat(Dataset.of(directory + "/**train-*.jsonl").files()).hasSize(2);
  }

  @Test
  void aFileWhoseNameLooksLikeAPatternIsTheFile() throws IOException {
    Path odd = Files.writeString(directory.resolve("a[1].jsonl"), "");

    assertThat(Dataset.of(odd.toString()).files()).containsExactly(odd);
  }

  @Test
  void aFileNamedTwiceIsReadOnce() throws IOException {
    Path file = Files.writeString(directory.resolve("a.jsonl"), "{\"prompt\":\"Q\"}\n");

    assertThat(
            Dataset.of(file.toString(), directory.toString())
                .prompts(ReadOptions.strict())
                .readAll())
        .containsExactly(PromptRow.of(ChatTurn.user("Q")));
  }

  @Test
  void aMissingFileIsReportedWithItsNeighbours() throws IOException {
    Files.writeString(directory.resolve("pairs.jsonl"), "");

    assertThatThrownBy(() -> Dataset.of(directory + "/pair.jsonl"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("there is no file " + directory + "/pair.jsonl")
        .hasMessageContaining("holds pairs.jsonl");
    assertThatThrownBy(() -> Dataset.of(directory + "/nowhere/pairs.jsonl"))
        .hasMessageContaining("nor a directory");
  }

  @Test
  void aDirectoryOrPatternWithoutRowFilesIsAnError() throws IOException {
    Files.writeString(directory.resolve("rows.xlsx"), "");

    assertThatThrownBy(() -> Dataset.of(directory.toString()))
        .hasMessageContaining("holds no .jsonl, .json, .csv or .tsv files")
        .hasMessageContaining("rows.xlsx");
    assertThatThrownBy(() -> Dataset.of(directory + "/*.jsonl"))
        .hasMessageContaining("no file matches");
    assertThatThrownBy(() -> Dataset.of(directory + "/nowhere/*.jsonl"))
        .hasMessageContaining("which is no directory");
  }
}
