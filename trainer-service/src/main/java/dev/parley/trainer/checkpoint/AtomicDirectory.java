package dev.parley.trainer.checkpoint;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.parley.model.weights.Digests;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;

/**
 * Writes directories that appear at once and whole: files go to a temporary directory beside the
 * final one, are forced to disk, listed in a manifest, and renamed.
 */
final class AtomicDirectory {

  /** Lists every other file with its SHA-256. */
  static final String MANIFEST = "manifest.json";

  private static final String TEMPORARY = ".incomplete-";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** Numbers have six digits at least, and a longer name is a larger number. */
  private static final Comparator<Path> BY_NUMBER =
      Comparator.<Path>comparingInt(path -> path.getFileName().toString().length())
          .thenComparing(Comparator.naturalOrder());

  private AtomicDirectory() {}

  /** Writes files into a directory. */
  @FunctionalInterface
  interface Content {
    void writeTo(Path directory) throws IOException;
  }

  /** Writes files into a directory, some of which it adds up. */
  @FunctionalInterface
  interface DigestedContent {
    /** Returns the SHA-256 of files that need not be read again. */
    Map<Path, String> writeTo(Path directory) throws IOException;
  }

  /**
   * Writes a directory, replacing one that is there.
   *
   * @return the SHA-256 of each file, by its path in the directory
   * @throws CheckpointException if it cannot be written; nothing of it is left behind, and what was
   *     there before still is
   */
  static Map<String, String> write(Path target, Content content) {
    return writeDigested(
        target,
        directory -> {
          content.writeTo(directory);
          return Map.of();
        });
  }

  /** As {@link #write}. */
  static Map<String, String> writeDigested(Path target, DigestedContent content) {
    Path temporary = target.resolveSibling(TEMPORARY + target.getFileName());
    try {
      Files.createDirectories(target.getParent());
      FileUtils.deleteDirectory(temporary.toFile());
      Files.createDirectory(temporary);
      Map<String, String> digests = fill(temporary, content);
      FileUtils.deleteDirectory(target.toFile());
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      forceDirectory(target.getParent());
      return digests;
    } catch (IOException e) {
      throw new CheckpointException("cannot write " + target + ": " + e, e);
    }
  }

  private static Map<String, String> fill(Path temporary, DigestedContent content)
      throws IOException {
    boolean complete = false;
    try {
      Map<String, String> digests = digests(temporary, content.writeTo(temporary));
      JSON.writeValue(temporary.resolve(MANIFEST).toFile(), digests);
      force(temporary);
      complete = true;
      return digests;
    } finally {
      if (!complete) {
        FileUtils.deleteDirectory(temporary.toFile());
      }
    }
  }

  /**
   * Checks every file of a directory against its manifest.
   *
   * @throws CheckpointException if a file is missing, added or changed; the message names it
   */
  static void verify(Path directory) {
    damage(directory)
        .ifPresent(
            damage -> {
              throw new CheckpointException(damage);
            });
  }

  /** Returns whether a directory is there and every file of it as its manifest says. */
  static boolean intact(Path directory) {
    return Files.exists(directory.resolve(MANIFEST)) && damage(directory).isEmpty();
  }

  /**
   * Returns what a directory's manifest says: the SHA-256 of each file, by its path in it.
   *
   * @throws CheckpointException if it cannot be read
   */
  static Map<String, String> listed(Path directory) {
    try {
      return manifest(directory);
    } catch (IOException e) {
      throw new CheckpointException("cannot read " + directory.resolve(MANIFEST) + ": " + e, e);
    }
  }

  private static Map<String, String> manifest(Path directory) throws IOException {
    return JSON.readValue(
        directory.resolve(MANIFEST).toFile(), new TypeReference<Map<String, String>>() {});
  }

  private static Optional<String> damage(Path directory) {
    Map<String, String> expected;
    Map<String, String> found;
    try {
      expected = manifest(directory);
      found = digests(directory, Map.of());
    } catch (IOException e) {
      return Optional.of("cannot read " + directory.resolve(MANIFEST) + ": " + e);
    }
    for (Map.Entry<String, String> entry : expected.entrySet()) {
      String digest = found.remove(entry.getKey());
      if (digest == null) {
        return Optional.of(directory + " lacks the file " + entry.getKey());
      }
      if (!digest.equals(entry.getValue())) {
        return Optional.of(
            directory.resolve(entry.getKey())
                + " has SHA-256 "
                + digest
                + ", its manifest says "
                + entry.getValue());
      }
    }
    return found.isEmpty()
        ? Optional.empty()
        : Optional.of(
            directory + " holds files that its manifest does not list: " + found.keySet());
  }

  /** Lists the complete directories under a parent, in the order of the numbers in their names. */
  static List<Path> list(Path parent) {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(parent)) {
      return children
          .filter(path -> !path.getFileName().toString().startsWith(TEMPORARY))
          .filter(path -> Files.exists(path.resolve(MANIFEST)))
          .sorted(BY_NUMBER)
          .toList();
    } catch (IOException e) {
      throw new CheckpointException("cannot list " + parent + ": " + e, e);
    }
  }

  /**
   * Deletes the directories that are too many: those before the newest few, and those after the
   * newest, which a run left that has since gone back.
   *
   * @param newest the directory that was written last
   * @param keep how many to keep, that one included
   */
  static void prune(Path newest, int keep) {
    List<Path> all = list(newest.getParent());
    int end = all.indexOf(newest) + 1;
    List<Path> kept = all.subList(Math.max(0, end - keep), end);
    for (Path directory : all) {
      if (!kept.contains(directory)) {
        try {
          FileUtils.deleteDirectory(directory.toFile());
        } catch (IOException e) {
          throw new CheckpointException("cannot delete the old " + directory + ": " + e, e);
        }
      }
    }
  }

  private static Map<String, String> digests(Path directory, Map<Path, String> known)
      throws IOException {
    Path manifest = directory.resolve(MANIFEST);
    List<Path> unknown =
        files(directory).stream()
            .filter(file -> !file.equals(manifest) && !known.containsKey(file))
            .toList();
    Map<Path, String> all = new HashMap<>(known);
    all.putAll(Digests.ofFiles(unknown));
    Map<String, String> digests = new TreeMap<>();
    all.forEach((file, digest) -> digests.put(directory.relativize(file).toString(), digest));
    return digests;
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  private static void force(Path directory) throws IOException {
    for (Path file : files(directory)) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
    }
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.filter(Files::isDirectory).toList()) {
        forceDirectory(path);
      }
    }
  }

  /** A rename survives a power cut only once the directory that holds it is on disk. */
  private static void forceDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
