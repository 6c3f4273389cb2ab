package dev.parley.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineFileTest {

  @TempDir private Path directory;
  private Path path;

  @BeforeEach
  void path() {
    path = directory.resolve("lines.jsonl");
  }

  @Test
  void aLineIsInTheFileAtOnce() {
    try (LineFile file = new LineFile(path)) {
      file.add("one");
      assertThat(path).hasContent("one");
      assertThat(file.count()).isEqualTo(1);
    }
  }

  @Test
  void aReopenedFileGoesOn() {
    try (LineFile file = new LineFile(path)) {
      file.add("one");
    }
    try (LineFile file = new LineFile(path)) {
      assertThat(file.count()).isEqualTo(1);
      file.add("two");
    }
    assertThat(path).hasContent("one\ntwo\n");
  }

  @Test
  void aLineThatWasBrokenOffIsCutAway() throws IOException {
    Files.writeString(path, "one\ntwo\nthr");
    try (LineFile file = new LineFile(path)) {
      assertThat(file.count()).isEqualTo(2);
      file.add("three");
    }
    assertThat(path).hasContent("one\ntwo\nthree\n");
  }

  @Test
  void aFileOfOneBrokenLineBecomesEmpty() throws IOException {
    Files.writeString(path, "on");
    try (LineFile file = new LineFile(path)) {
      assertThat(file.count()).isZero();
    }
    assertThat(path).isEmptyFile();
  }

  @Test
  void linesThatAreNotWantedGoAndNewOnesFollow() {
    try (LineFile file = new LineFile(path)) {
      file.add("keep 1");
      file.add("drop");
      file.add("keep 2");
      file.retain(line -> line.startsWith("keep"));
      file.add("keep 3");
    }
    assertThat(path).hasContent("keep 1\nkeep 2\nkeep 3\n");
  }
}
