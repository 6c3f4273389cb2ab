package dev.parley.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicDirectoryTest {

  @TempDir private Path parent;
  private Path target;

  @BeforeEach
  void target() {
    target = parent.resolve("update-000001");
  }

  private void write(String text) {
    AtomicDirectory.write(
        target,
        directory -> {
          Files.writeString(directory.resolve("plain.txt"), text);
          Files.createDirectories(directory.resolve("inner"));
          Files.writeString(directory.resolve("inner/nested.txt"), text + text);
        });
  }

  private List<String> names() throws IOException {
    try (Stream<Path> children = Files.list(parent)) {
      return children.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whatIsWrittenIsThereAndInOrder() {
    write("a");
    assertThat(target.resolve("inner/nested.txt")).hasContent("aa");
    assertThatCode(() -> AtomicDirectory.verify(target)).doesNotThrowAnyException();
    assertThat(AtomicDirectory.intact(target)).isTrue();
    assertThat(AtomicDirectory.list(parent)).containsExactly(target);
  }

  @Test
  void nothingCanBeSeenWhileItIsBeingWritten() {
    AtomicDirectory.write(
        target,
        directory -> {
          Files.writeString(directory.resolve("half.txt"), "half");
          assertThat(target).doesNotExist();
          assertThat(AtomicDirectory.list(parent)).isEmpty();
        });
    assertThat(target.resolve("half.txt")).exists();
  }

  @Test
  void contentThatFailsLeavesNothing() throws IOException {
    assertThatThrownBy(
            () ->
                AtomicDirectory.write(
                    target,
                    directory -> {
                      Files.writeString(directory.resolve("half.txt"), "half");
                      throw new IOException("the disk is full");
                    }))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(target.toString())
        .hasMessageContaining("the disk is full");
    assertThat(names()).isEmpty();
  }

  @Test
  void contentThatFailsUncheckedLeavesNothingEither() throws IOException {
    assertThatThrownBy(
            () ->
                AtomicDirectory.write(
                    target,
                    directory -> {
                      Files.writeString(directory.resolve("half.txt"), "half");
                      throw new IllegalStateException("no memory");
                    }))
        .hasMessage("no memory");
    assertThat(names()).isEmpty();
  }

  @Test
  void anOlderOneStaysWhenItsReplacementFails() throws IOException {
    write("old");
    assertThatThrownBy(
            () ->
                AtomicDirectory.write(
                    target,
                    directory -> {
                      throw new IOException("the disk is full");
                    }))
        .isInstanceOf(CheckpointException.class);
    assertThat(target.resolve("plain.txt")).hasContent("old");
    assertThat(names()).containsExactly("update-000001");
  }

  @Test
  void aReplacementHasNothingOfTheOldOne() {
    write("old");
    AtomicDirectory.write(
        target, directory -> Files.writeString(directory.resolve("new.txt"), "new"));
    assertThat(target.resolve("new.txt")).hasContent("new");
    assertThat(target.resolve("plain.txt")).doesNotExist();
    assertThat(AtomicDirectory.intact(target)).isTrue();
  }

  @Test
  void whatAKilledProcessLeftIsNoObstacleAndNotListed() throws IOException {
    Path left = parent.resolve(".incomplete-update-000001");
    Files.createDirectories(left.resolve("inner"));
    Files.writeString(left.resolve("inner/half.txt"), "half");
    assertThat(AtomicDirectory.list(parent)).isEmpty();
    write("whole");
    assertThat(names()).containsExactly("update-000001");
  }

  @Test
  void aDirectoryWithoutManifestIsNotListed() throws IOException {
    Files.createDirectories(target);
    assertThat(AtomicDirectory.list(parent)).isEmpty();
    assertThat(AtomicDirectory.intact(target)).isFalse();
  }

  @Test
  void aParentThatIsNotThereHoldsNothing() {
    assertThat(AtomicDirectory.list(parent.resolve("nowhere"))).isEmpty();
  }

  @Test
  void verifyNamesAChangedFile() throws IOException {
    write("a");
    Files.writeString(target.resolve("inner/nested.txt"), "b");
    assertThatThrownBy(() -> AtomicDirectory.verify(target))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(target.resolve("inner/nested.txt").toString())
        .hasMessageContaining("its manifest says");
    assertThat(AtomicDirectory.intact(target)).isFalse();
  }

  @Test
  void verifyNamesAMissingFile() throws IOException {
    write("a");
    Files.delete(target.resolve("plain.txt"));
    assertThatThrownBy(() -> AtomicDirectory.verify(target))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(target + " lacks the file plain.txt");
  }

  @Test
  void verifyNamesAnAddedFile() throws IOException {
    write("a");
    Files.writeString(target.resolve("stray.txt"), "b");
    assertThatThrownBy(() -> AtomicDirectory.verify(target))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("[stray.txt]");
  }

  @Test
  void verifyNamesAManifestThatIsNoJson() throws IOException {
    write("a");
    Files.writeString(target.resolve(AtomicDirectory.MANIFEST), "{");
    assertThatThrownBy(() -> AtomicDirectory.verify(target))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(target.resolve(AtomicDirectory.MANIFEST).toString());
  }

  @Test
  void directoriesAreListedByNumber() {
    for (long number : new long[] {1_000_000, 2, 999_999}) {
      target = parent.resolve("update-%06d".formatted(number));
      write("a");
    }
    assertThat(AtomicDirectory.list(parent))
        .extracting(path -> path.getFileName().toString())
        .containsExactly("update-000002", "update-999999", "update-1000000");
  }

  @Test
  void pruningKeepsTheNewestFew() throws IOException {
    for (int number = 1; number <= 4; number++) {
      target = parent.resolve("update-%06d".formatted(number));
      write("a");
    }
    AtomicDirectory.prune(target, 2);
    assertThat(names()).containsExactly("update-000003", "update-000004");
  }

  @Test
  void pruningAfterARunWentBackKeepsWhatItWroteAndDropsWhatComesAfter() throws IOException {
    for (int number : new int[] {7, 8, 9, 5}) {
      target = parent.resolve("update-%06d".formatted(number));
      write("a");
    }
    AtomicDirectory.prune(target, 3);
    assertThat(names()).containsExactly("update-000005");
  }
}
