package dev.parley.cli.models;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.Failure;
import dev.parley.cli.lineage.ContentDigest;
import dev.parley.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;

/**
 * Puts a model into a directory of its own: whole or not at all, once however often it is asked
 * for. Several processes may ask at the same time, as the pods of a service do when they start.
 *
 * <p>What is fetched lies beside the directory until it is whole, and is taken up again by the next
 * attempt. A note beside it says where the model came from, so that a start need not read a large
 * model only to learn that it is there.
 */
final class Placement {

  private static final long LOCK_POLL_MILLIS = 500;

  private final String source;
  private final Path directory;
  private final Optional<String> expected;
  private final Terminal terminal;

  /**
   * A placement.
   *
   * @param source where the model comes from, as users type it
   * @param directory what the model becomes
   * @param expected the digest that it must have, in lower case
   */
  Placement(String source, Path directory, Optional<String> expected, Terminal terminal) {
    this.source = source;
    this.directory = directory.toAbsolutePath().normalize();
    this.expected = expected;
    this.terminal = terminal;
  }

  /** Brings the files. */
  @FunctionalInterface
  interface Fetch {

    /**
     * Brings them.
     *
     * @param work a directory to work in, with what an earlier attempt left there
     * @return the directory with the files, which may be links; they are moved away
     */
    Path into(Path work) throws IOException, InterruptedException;
  }

  /**
   * What is known of a model that was placed.
   *
   * @param source where it came from
   * @param sha256 its digest
   * @param stamp names, sizes and times of its files when it was placed
   */
  private record Note(String source, String sha256, String stamp) {}

  /**
   * Places the model unless it is there.
   *
   * @param fetch brings the files
   * @throws Failure if another model is there, it cannot be had, or its digest is another one
   */
  void place(Fetch fetch) throws InterruptedException {
    Path parent = directory.getParent();
    if (parent == null) {
      throw new Failure("--to " + directory + " is no directory that can be made", "");
    }
    try {
      Files.createDirectories(parent);
      if (isThere()) {
        return;
      }
      try (FileChannel channel =
          FileChannel.open(beside("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        lock(channel);
        // Whoever held it may have placed the model.
        if (!isThere()) {
          bring(fetch);
        }
      }
    } catch (IOException e) {
      throw new Failure(
          "%s cannot be put into %s: %s".formatted(source, directory, describe(e)),
          "What was fetched is kept. Run the command again to go on from there.",
          e);
    }
  }

  private boolean isThere() throws IOException {
    if (!Files.exists(directory)) {
      return false;
    }
    Optional<Note> note = note();
    boolean untouched = note.isPresent() && note.get().stamp().equals(stamp());
    if (expected.isPresent()) {
      String found = untouched ? note.get().sha256() : ContentDigest.of(directory);
      if (!found.equals(expected.get())) {
        throw new Failure(
            "%s holds another model: its SHA-256 is %s, expected %s"
                .formatted(directory, found, expected.get()),
            "Delete it, or choose another directory.");
      }
    } else if (note.isEmpty() || !note.get().source().equals(source)) {
      throw new Failure(
          "%s is there already, %s"
              .formatted(
                  directory,
                  note.map(known -> "and came from " + known.source())
                      .orElse("and did not come from " + source)),
          "Delete it, choose another directory, or say with --sha256 what it must be.");
    }
    terminal.err().println(directory + " is there already.");
    return true;
  }

  private void bring(Fetch fetch) throws IOException, InterruptedException {
    Path work = beside("download");
    Path stage = work.resolve("whole");
    FileUtils.deleteDirectory(stage.toFile());
    Files.createDirectories(stage);
    gather(fetch.into(work), stage);
    String digest = ContentDigest.of(stage);
    if (expected.isPresent() && !digest.equals(expected.get())) {
      FileUtils.deleteDirectory(work.toFile());
      throw new Failure(
          "%s is not what was expected: its SHA-256 is %s, expected %s"
              .formatted(source, digest, expected.get()),
          "Nothing was put into "
              + directory
              + ". Is it another version of the model? parley models digest DIR says what a"
              + " directory has.");
    }
    Files.writeString(
        beside("source"),
        new ObjectMapper().writeValueAsString(new Note(source, digest, stampOf(stage))));
    Files.move(stage, directory, StandardCopyOption.ATOMIC_MOVE);
    FileUtils.deleteDirectory(work.toFile());
    terminal.err().println("SHA-256 " + digest);
  }

  /** Moves the files that a directory holds or links to, and copies what two names share. */
  private static void gather(Path from, Path to) throws IOException {
    Map<Path, Path> moved = new HashMap<>();
    for (Path entry : entries(from)) {
      if (!Files.isRegularFile(entry)) {
        continue;
      }
      Path real = entry.toRealPath();
      Path target = to.resolve(entry.getFileName());
      Path before = moved.putIfAbsent(real, target);
      if (before == null) {
        Files.move(real, target);
        // The next name of the same file must still lead to it.
        Files.createFile(real);
      } else {
        Files.copy(before, target);
      }
    }
  }

  private static List<Path> entries(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList();
    }
  }

  private Optional<Note> note() throws IOException {
    Path file = beside("source");
    return Files.exists(file)
        ? Optional.of(new ObjectMapper().readValue(file.toFile(), Note.class))
        : Optional.empty();
  }

  private String stamp() throws IOException {
    return stampOf(directory);
  }

  private static String stampOf(Path directory) throws IOException {
    StringBuilder stamp = new StringBuilder();
    for (Path entry : entries(directory)) {
      stamp
          .append(entry.getFileName())
          .append(' ')
          .append(Files.size(entry))
          .append(' ')
          .append(Files.getLastModifiedTime(entry).toMillis())
          .append('\n');
    }
    return ContentDigest.ofText(stamp.toString());
  }

  private Path beside(String what) {
    return directory.resolveSibling(".%s.parley-%s".formatted(directory.getFileName(), what));
  }

  private void lock(FileChannel channel) throws IOException, InterruptedException {
    boolean said = false;
    while (tryLock(channel) == null) {
      if (!said) {
        terminal.err().println("waiting for another process that fetches " + directory);
        said = true;
      }
      Thread.sleep(LOCK_POLL_MILLIS);
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException heldInThisProcess) {
      return null;
    }
  }

  private static String describe(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
