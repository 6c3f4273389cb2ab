package dev.parley.cli.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.Parley;
import dev.parley.cli.lineage.ContentDigest;
import dev.parley.cli.terminal.CapturedTerminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlacementTest {

  private final CapturedTerminal terminal = CapturedTerminal.piped();
  private final AtomicInteger fetched = new AtomicInteger();

  @TempDir Path directory;
  private Path target;

  @BeforeEach
  void choose() {
    target = directory.resolve("models").resolve("sft");
  }

  @Test
  void aModelIsPlacedWholeAndFetchedOnce() throws Exception {
    place("org/sft", Optional.empty(), this::twoFilesOfWhichOneHasTwoNames);
    place("org/sft", Optional.empty(), this::twoFilesOfWhichOneHasTwoNames);

    assertThat(fetched).hasValue(1);
    assertThat(names(target)).containsExactly("config.json", "same.json", "weights");
    assertThat(target.resolve("config.json")).hasContent("{}");
    assertThat(target.resolve("same.json")).hasContent("{}");
    assertThat(Files.isSymbolicLink(target.resolve("config.json"))).isFalse();
    assertThat(names(target.getParent()))
        .as("what is left beside it")
        .containsExactly(".sft.parley-lock", ".sft.parley-source", "sft");
    assertThat(terminal.err()).contains("SHA-256 " + ContentDigest.of(target), "is there already");
  }

  @Test
  void theDigestThatWasExpectedMayBeGivenAndIsWhatTheCommandPrints() throws Exception {
    place("org/sft", Optional.empty(), this::oneFile);
    assertThat(Parley.run(terminal.terminal(), "models", "digest", target.toString()))
        .isEqualTo(ExitCode.OK);
    String digest = terminal.out().strip();
    Path again = directory.resolve("again");

    new Placement("s3://b/p", again, Optional.of(digest), terminal.terminal()).place(this::oneFile);
    new Placement("s3://b/p", again, Optional.of(digest), terminal.terminal()).place(this::oneFile);

    assertThat(fetched).hasValue(2);
    assertThat(ContentDigest.of(again)).isEqualTo(digest);
  }

  @Test
  void anotherDigestIsRefusedWithBothAndNothingIsPlaced() throws Exception {
    String other = "0".repeat(64);

    assertThatThrownBy(() -> place("org/sft", Optional.of(other), this::oneFile))
        .isInstanceOf(Failure.class)
        .hasMessageContainingAll("its SHA-256 is ", "expected " + other);

    assertThat(target).doesNotExist();
    assertThat(names(target.getParent())).containsExactly(".sft.parley-lock");
  }

  @Test
  void anotherModelInTheDirectoryIsLeftAlone() throws Exception {
    place("org/sft", Optional.empty(), this::oneFile);

    assertThatThrownBy(() -> place("org/rm", Optional.empty(), this::oneFile))
        .hasMessageContainingAll("is there already", "came from org/sft");
    assertThatThrownBy(() -> place("org/sft", Optional.of("1".repeat(64)), this::oneFile))
        .hasMessageContainingAll(
            "holds another model", ContentDigest.of(target), "expected " + "1".repeat(64));
    Path byHand = Files.createDirectories(directory.resolve("by-hand"));
    assertThatThrownBy(
            () ->
                new Placement("org/x", byHand, Optional.empty(), terminal.terminal())
                    .place(this::oneFile))
        .hasMessageContaining("did not come from org/x");
    assertThat(fetched).hasValue(1);
  }

  @Test
  void aFileThatWasChangedByHandIsNoticed() throws Exception {
    place("org/sft", Optional.empty(), this::oneFile);
    String digest = ContentDigest.of(target);
    Files.writeString(target.resolve("config.json"), "{\"changed\": true}");

    assertThatThrownBy(() -> place("org/sft", Optional.of(digest), this::oneFile))
        .hasMessageContainingAll("holds another model", "expected " + digest);
  }

  @Test
  void whatAnAttemptBroughtThatFailedIsThereForTheNext() throws Exception {
    assertThatThrownBy(
            () ->
                place(
                    "org/sft",
                    Optional.empty(),
                    work -> {
                      Files.writeString(work.resolve("part"), "half");
                      throw new IOException("the line broke");
                    }))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("the line broke");
    assertThat(target).doesNotExist();

    place(
        "org/sft",
        Optional.empty(),
        work -> {
          assertThat(work.resolve("part")).hasContent("half");
          return oneFile(work);
        });
    assertThat(target).isDirectory();
  }

  @Test
  void ofManyWhoAskAtOnceOneFetches() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Callable<Void> one =
          () -> {
            place("org/sft", Optional.empty(), this::oneFile);
            return null;
          };
      for (Future<Void> done : threads.invokeAll(List.of(one, one, one, one))) {
        done.get(60, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }

    assertThat(fetched).hasValue(1);
  }

  private void place(String source, Optional<String> digest, Placement.Fetch fetch)
      throws InterruptedException {
    new Placement(source, target, digest, terminal.terminal()).place(fetch);
  }

  private Path oneFile(Path work) throws IOException {
    fetched.incrementAndGet();
    Path files = Files.createDirectories(work.resolve("files"));
    Files.writeString(files.resolve("config.json"), "{}");
    return files;
  }

  /** As the hub's cache: links to blobs, two of them to the same. */
  private Path twoFilesOfWhichOneHasTwoNames(Path work) throws IOException {
    fetched.incrementAndGet();
    Path blobs = Files.createDirectories(work.resolve("blobs"));
    Path files = Files.createDirectories(work.resolve("snapshot"));
    Files.writeString(blobs.resolve("a"), "{}");
    Files.writeString(blobs.resolve("b"), "weights");
    Files.createSymbolicLink(files.resolve("config.json"), blobs.resolve("a"));
    Files.createSymbolicLink(files.resolve("same.json"), blobs.resolve("a"));
    Files.createSymbolicLink(files.resolve("weights"), blobs.resolve("b"));
    return files;
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }
}
