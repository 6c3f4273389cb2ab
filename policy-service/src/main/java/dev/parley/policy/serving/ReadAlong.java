package dev.parley.policy.serving;

import dev.parley.model.weights.EarlyWeights;
import dev.parley.model.weights.WeightException;
import dev.parley.proto.version.v1.VersionFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Reads the files of a version while the trainer still writes others of it, so that little is left
 * to do when it is announced.
 *
 * <p>This can only save time. What is not read here, whatever the reason, is read after the
 * announcement, and what is read here is used only if its checksum is the announced one.
 */
final class ReadAlong implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(ReadAlong.class);
  private static final int MOST_THREADS = 8;

  private final Supplier<EarlyWeights> room;
  private final Runnable onRead;
  private final ExecutorService readers =
      Executors.newFixedThreadPool(
          Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()),
          task -> {
            Thread thread = new Thread(task, "version-reader");
            thread.setDaemon(true);
            return thread;
          });
  // Guarded by this.
  private Optional<Begun> begun = Optional.empty();
  private boolean closed;

  /**
   * A version of which files are being read.
   *
   * @param files how many it will have
   * @param heard the checksums of those that there are, by their names
   * @param weights where they are read into
   * @param readings of each of them
   */
  private record Begun(
      long version,
      int files,
      Map<String, String> heard,
      CompletableFuture<EarlyWeights> weights,
      List<CompletableFuture<Void>> readings) {

    CompletableFuture<EarlyWeights> over() {
      return CompletableFuture.allOf(readings.toArray(CompletableFuture[]::new))
          .thenCombine(weights, (nothing, all) -> all);
    }

    void discard() {
      over().handle((all, failure) -> weights.thenAccept(EarlyWeights::close));
    }
  }

  /**
   * Prepares.
   *
   * @param room makes room for the weights of a version
   * @param onRead is called after each file
   */
  ReadAlong(Supplier<EarlyWeights> room, Runnable onRead) {
    this.room = room;
    this.onRead = onRead;
  }

  /** Begins to read a file. What was read of another version is forgotten. */
  synchronized void read(VersionFile file) {
    if (closed) {
      return;
    }
    Path path;
    try {
      path = CheckpointLoader.path(file.getFileUri());
    } catch (IllegalArgumentException e) {
      LOG.warnf("A file of version %d cannot be read along: %s", file.getVersion(), e.getMessage());
      return;
    }
    String name = path.getFileName().toString();
    if (begun.isEmpty() || !belongs(file, name, begun.get())) {
      begun.ifPresent(Begun::discard);
      begun =
          Optional.of(
              new Begun(
                  file.getVersion(),
                  file.getFiles(),
                  new HashMap<>(),
                  CompletableFuture.supplyAsync(room, readers),
                  new ArrayList<>()));
    }
    Begun current = begun.get();
    if (current.heard().put(name, file.getChecksum()) == null) {
      current
          .readings()
          .add(current.weights().thenAcceptAsync(weights -> read(path, weights), readers));
    }
  }

  /** A trainer that was killed while it wrote a version may write it again, with other numbers. */
  private static boolean belongs(VersionFile file, String name, Begun other) {
    return file.getVersion() == other.version()
        && file.getFiles() == other.files()
        && other.heard().getOrDefault(name, file.getChecksum()).equals(file.getChecksum());
  }

  private void read(Path path, EarlyWeights weights) {
    try {
      weights.read(path);
      onRead.run();
    } catch (WeightException e) {
      LOG.debugf("%s is read when its version is announced: %s", path, e.getMessage());
    }
  }

  /**
   * Gives away what was read of a version, all readings of it being over; what was read of another
   * is forgotten.
   *
   * @return the caller's to close; empty if nothing was read
   */
  Optional<EarlyWeights> take(long version) {
    Optional<Begun> taken;
    synchronized (this) {
      taken = begun;
      begun = Optional.empty();
    }
    if (taken.isEmpty()) {
      return Optional.empty();
    }
    if (taken.get().version() != version) {
      taken.get().discard();
      return Optional.empty();
    }
    try {
      EarlyWeights weights = taken.get().over().join();
      if (weights.isEmpty()) {
        weights.close();
        return Optional.empty();
      }
      return Optional.of(weights);
    } catch (CompletionException e) {
      LOG.warnf(e.getCause(), "Version %d could not be read along, and is read now", version);
      taken.get().discard();
      return Optional.empty();
    }
  }

  /** Forgets everything; readings that have begun are not waited for. */
  @Override
  public synchronized void close() {
    closed = true;
    begun.ifPresent(Begun::discard);
    begun = Optional.empty();
    readers.shutdown();
  }
}
