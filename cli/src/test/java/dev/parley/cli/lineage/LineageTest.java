package dev.parley.cli.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineageTest {

  @TempDir Path directory;

  @Test
  void whatIsWrittenIsFoundInItBesideItAndFromACheckpoint() throws IOException {
    Lineage lineage = lineage(List.of(new Ancestor("data", "gone.jsonl", "ab", Optional.empty())));
    Path checkpoint = Files.createDirectories(directory.resolve("run/checkpoints/7"));
    lineage.write(directory.resolve("run"));

    assertThat(Lineage.find(checkpoint)).contains(lineage);
    assertThat(Lineage.find(directory.resolve("run"))).contains(lineage);
    assertThat(Lineage.find(directory)).isEmpty();
  }

  @Test
  void theAncestorsLineageIsToldWhenTheyAreGone() throws IOException {
    Path parent = Files.createDirectories(directory.resolve("parent"));
    Files.writeString(parent.resolve("weights"), "w");
    lineage(List.of()).write(parent);
    Path child = Files.createDirectories(directory.resolve("child"));
    lineage(List.of(Ancestor.of("model", parent))).write(child);
    Files.delete(parent.resolve("weights"));
    Files.delete(parent.resolve(Lineage.FILE));

    assertThat(LineageTree.of("child", Optional.of("abc"), Lineage.find(child).orElseThrow()))
        .hasSize(4)
        .contains("child  sha256 abc", "   by train sft on 2026-11-28T12:00:00Z");
  }

  @Test
  void whatLiesInARunsDirectoryAndWasNotMadeByItHasNoneOfIts() throws IOException {
    lineage(List.of()).write(directory);
    Path adapter = Files.createDirectories(directory.resolve("adapter"));
    Path base = Files.createDirectories(directory.resolve("base"));

    assertThat(Lineage.find(adapter)).isPresent();
    assertThat(Lineage.find(base)).isEmpty();
  }

  @Test
  void aFileOfRowsDoesNotTakeItsNeighboursLineage() throws IOException {
    lineage(List.of()).write(directory);
    Path rows = Files.writeString(directory.resolve("rows.jsonl"), "{}");

    assertThat(Lineage.find(rows)).isEmpty();
  }

  @Test
  void aChangeSinceItWasMadeShows() {
    assertThat(LineageTree.of("m", Optional.of("other"), lineage(List.of())).get(0))
        .isEqualTo("m  sha256 other  changed since: it was made with  sha256 abc");
  }

  @Test
  void theDigestOfADirectoryIsThatOfItsFilesWithoutTheLineage() throws IOException {
    Files.writeString(directory.resolve("a"), "1");
    String digest = ContentDigest.of(directory);
    lineage(List.of()).write(directory);
    Files.createDirectories(directory.resolve("inner"));

    assertThat(ContentDigest.of(directory)).isEqualTo(digest).hasSize(ContentDigest.LENGTH);
    Files.writeString(directory.resolve("a"), "2");
    assertThat(ContentDigest.of(directory)).isNotEqualTo(digest);
  }

  @Test
  void somethingElseOfThatNameIsRefused() throws IOException {
    Files.writeString(directory.resolve(Lineage.FILE), "{\"maker\":1}");

    assertThatThrownBy(() -> Lineage.find(directory))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("is no lineage: 'maker' is missing");
  }

  private static Lineage lineage(List<Ancestor> ancestors) {
    return new Lineage("train sft", "2026-11-28T12:00:00Z", List.of(), "model", "abc", ancestors);
  }
}
