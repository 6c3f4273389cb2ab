package dev.parley.data.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.data.ChatTurn;
import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.PromptRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetWriterTest {

  private static final List<Example> EXAMPLES =
      List.of(
          PromptRow.of(ChatTurn.user("two\nlines")),
          Preference.of(List.of(ChatTurn.user("Q")), "\u00e9", "\uD83C\uDF0A"));

  @TempDir Path directory;

  @Test
  void whatIsWrittenIsReadBackPlainAndGzipped() throws IOException {
    for (String name : List.of("rows.jsonl", "new/rows.jsonl.gz")) {
      Path file = directory.resolve(name);
      write(file);

      assertThat(Dataset.of(file.toString()).examples(ReadOptions.strict()).readAll())
          .isEqualTo(EXAMPLES);
    }
    assertThat(Files.readAllLines(directory.resolve("rows.jsonl"))).hasSize(2);
  }

  @Test
  void theSameExamplesGiveTheSameBytes() throws IOException {
    write(directory.resolve("a.jsonl.gz"));
    write(directory.resolve("b.jsonl.gz"));

    assertThat(directory.resolve("a.jsonl.gz"))
        .hasSameBinaryContentAs(directory.resolve("b.jsonl.gz"));
  }

  @Test
  void anUnfinishedFileIsNotFoundAndLeavesTheOldOne() throws IOException {
    Path file = directory.resolve("rows.jsonl");
    Files.writeString(file, "old");

    try (DatasetWriter writer = DatasetWriter.create(file)) {
      writer.write(EXAMPLES.get(0));
      assertThat(writer.rows()).isEqualTo(1);
    }

    assertThat(file).hasContent("old");
    assertThat(directory).isDirectoryNotContaining(path -> !path.equals(file));
  }

  private static void write(Path file) throws IOException {
    try (DatasetWriter writer = DatasetWriter.create(file)) {
      for (Example example : EXAMPLES) {
        writer.write(example);
      }
      writer.finish();
    }
  }
}
