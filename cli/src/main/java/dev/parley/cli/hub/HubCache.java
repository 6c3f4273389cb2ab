package dev.parley.cli.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** One model's part of the cache, in the layout of huggingface_hub. */
final class HubCache {

  private static final long LOCK_POLL_MILLIS = 200;

  private final Path root;
  private final Path locks;

  HubCache(Path cache, HubModel model) {
    String folder = "models--" + model.id().replace("/", "--");
    this.root = cache.resolve(folder);
    this.locks = cache.resolve(".locks").resolve(folder);
  }

  Path snapshot(String commit) {
    return root.resolve("snapshots").resolve(commit);
  }

  Path blob(String etag) {
    return root.resolve("blobs").resolve(etag);
  }

  Path incomplete(String etag) {
    return root.resolve("blobs").resolve(etag + ".parley.incomplete");
  }

  /** How much of a file is in the cache already, finished or not. */
  long have(HubFile file) throws IOException {
    Path blob = blob(file.etag());
    if (Files.exists(blob)) {
      return Files.size(blob);
    }
    Path part = incomplete(file.etag());
    return Files.exists(part) ? Files.size(part) : 0;
  }

  /** The commit that a revision stood for when it was last asked, whoever asked. */
  Optional<String> commitOf(HubModel model) throws IOException {
    if (model.isPinned()) {
      return Optional.of(model.revision());
    }
    Path ref = root.resolve("refs").resolve(model.revision());
    return Files.isRegularFile(ref) ? Optional.of(Files.readString(ref).strip()) : Optional.empty();
  }

  /** Notes which commit a revision stands for. */
  void remember(HubModel model, String commit) throws IOException {
    if (model.isPinned()) {
      return;
    }
    Path ref = root.resolve("refs").resolve(model.revision());
    Files.createDirectories(ref.getParent());
    Path temporary = Files.createTempFile(ref.getParent(), ".ref", "");
    Files.writeString(temporary, commit);
    Files.move(temporary, ref, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Puts a finished blob into a snapshot, as a relative link, so that the cache can be moved. */
  Path link(String commit, HubFile file) throws IOException {
    Path entry = snapshot(commit).resolve(file.path());
    Files.createDirectories(entry.getParent());
    Path target = entry.getParent().relativize(blob(file.etag()));
    if (Files.isSymbolicLink(entry) && Files.readSymbolicLink(entry).equals(target)) {
      return entry;
    }
    Files.deleteIfExists(entry);
    try {
      Files.createSymbolicLink(entry, target);
    } catch (FileAlreadyExistsException e) {
      // Another process was faster, with the same link.
      return entry;
    }
    return entry;
  }

  /**
   * Takes the lock of a blob, waiting for whoever has it.
   *
   * @param onWait called once if somebody else has it
   */
  Lock lock(String etag, Runnable onWait) throws IOException, InterruptedException {
    Files.createDirectories(locks);
    FileChannel channel =
        FileChannel.open(
            locks.resolve(etag + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean waited = false;
    try {
      while (true) {
        FileLock lock = tryLock(channel);
        if (lock != null) {
          return new Lock(channel);
        }
        if (!waited) {
          onWait.run();
          waited = true;
        }
        Thread.sleep(LOCK_POLL_MILLIS);
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException heldInThisProcess) {
      return null;
    }
  }

  /**
   * A lock that is held.
   *
   * @param channel closing it lets go
   */
  record Lock(FileChannel channel) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
