package dev.parley.cli.hub;

import dev.parley.cli.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;

/**
 * Brings one file into the cache: goes on where an earlier attempt ended, tries again when the
 * connection fails, and lets nothing in whose size or checksum is not the hub's.
 */
final class FileTransfer {

  /** Attempts in a row that bring nothing new before giving up. */
  private static final int FRUITLESS_ATTEMPTS = 5;

  /** A checksum that is wrong twice is no accident of the line. */
  private static final int WRONG_COPIES = 2;

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  static final Duration LONGEST_PAUSE = Duration.ofMinutes(2);

  private final HubApi api;
  private final HubCache cache;
  private final HubModel model;
  private final String commit;
  private final Pauses pauses;
  private final TransferListener listener;

  FileTransfer(
      HubApi api,
      HubCache cache,
      HubModel model,
      String commit,
      Pauses pauses,
      TransferListener listener) {
    this.api = api;
    this.cache = cache;
    this.model = model;
    this.commit = commit;
    this.pauses = pauses;
    this.listener = listener;
  }

  /**
   * Brings the file and links it into the snapshot.
   *
   * @param file with its etag
   * @throws HubStatusException if the hub refuses the file for good
   * @throws Failure if it cannot be had: wrong bytes twice, no progress, no space
   * @throws IOException if the disk refuses
   * @throws InterruptedException if the thread is interrupted
   */
  void bring(HubFile file) throws IOException, InterruptedException {
    Path blob = cache.blob(file.etag());
    Files.createDirectories(blob.getParent());
    HubCache.Lock lock =
        cache.lock(
            file.etag(),
            () -> listener.note("waiting for another process that fetches " + file.path()));
    try {
      if (!isWhole(blob, file)) {
        fetch(file);
        Files.move(
            cache.incomplete(file.etag()),
            blob,
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      }
    } finally {
      lock.close();
    }
    cache.link(commit, file);
  }

  private static boolean isWhole(Path blob, HubFile file) throws IOException {
    return Files.exists(blob) && (file.size() < 0 || Files.size(blob) == file.size());
  }

  private void fetch(HubFile file) throws IOException, InterruptedException {
    Path incomplete = cache.incomplete(file.etag());
    int fruitless = 0;
    int wrong = 0;
    while (true) {
      long before = Files.exists(incomplete) ? Files.size(incomplete) : 0;
      try {
        append(file, incomplete, before);
        if (Checksum.matches(incomplete, file.etag())) {
          return;
        }
        drop(incomplete);
        wrong++;
        if (wrong == WRONG_COPIES) {
          throw new Failure(
              "%s: the bytes of %s do not have the checksum %s that the hub gives for it"
                  .formatted(model, file.path(), file.etag()),
              "Somebody between here and the hub changes files (a proxy, a mirror). Try another network or HF_ENDPOINT.");
        }
        listener.note(file.path() + " came with wrong bytes; fetching it again");
      } catch (HubStatusException e) {
        if (e.status() == 416) {
          // The part that is here is no part of what the server has.
          drop(incomplete);
        } else if (!e.isPassing()) {
          throw e;
        }
        fruitless = again(file, e, incomplete, before, fruitless, e.retryAfter());
      } catch (InterruptedIOException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        fruitless = again(file, e, incomplete, before, fruitless, Optional.empty());
      } catch (IOException e) {
        if (DiskSpace.isExhausted(e)) {
          throw DiskSpace.failure(incomplete, file, e);
        }
        fruitless = again(file, e, incomplete, before, fruitless, Optional.empty());
      }
    }
  }

  /**
   * Waits before the next attempt, or gives up; returns the number of attempts without progress.
   */
  private int again(
      HubFile file,
      IOException reason,
      Path incomplete,
      long before,
      int fruitless,
      Optional<Duration> asked)
      throws IOException, InterruptedException {
    long after = Files.exists(incomplete) ? Files.size(incomplete) : 0;
    int attempts = after > before ? 1 : fruitless + 1;
    if (attempts == FRUITLESS_ATTEMPTS) {
      throw new Failure(
          "%s: %s cannot be fetched after %d attempts: %s"
              .formatted(model, file.path(), attempts, describe(reason)),
          "What is here is kept. Run the command again to go on from there.",
          reason);
    }
    Duration pause = asked.orElse(FIRST_PAUSE.multipliedBy(1L << (attempts - 1)));
    if (pause.compareTo(LONGEST_PAUSE) > 0) {
      throw new Failure(
          "%s: the hub asks to wait %d seconds before %s"
              .formatted(model, pause.toSeconds(), file.path()),
          "Run the command again after that time; with HF_TOKEN the hub allows more.",
          reason);
    }
    listener.note(
        "%s: %s; trying again in %d s".formatted(file.path(), describe(reason), pause.toSeconds()));
    pauses.pause(pause);
    return attempts;
  }

  /** Appends what is missing; a server that gives the whole file again gets it begun anew. */
  private void append(HubFile file, Path incomplete, long have) throws IOException {
    if (have > 0 && have == file.size()) {
      return;
    }
    if (file.size() >= 0 && have > file.size()) {
      drop(incomplete);
      have = 0;
    }
    try (HubHttp.Answer answer = api.open(model, commit, file, have)) {
      boolean resumes = answer.status() == 206 && beginsAt(answer, have);
      if (have > 0 && !resumes) {
        drop(incomplete);
        have = 0;
        if (answer.status() == 206) {
          throw new IOException("the server gave another part than was asked for");
        }
      }
      long whole = copy(answer.body(), incomplete, have, file);
      if (file.size() >= 0 && whole < file.size()) {
        throw new IOException(
            "the connection ended after %,d of %,d bytes".formatted(whole, file.size()));
      }
    }
  }

  private static boolean beginsAt(HubHttp.Answer answer, long from) {
    return answer
        .header("Content-Range")
        .map(range -> range.startsWith("bytes " + from + "-"))
        .orElse(false);
  }

  private long copy(InputStream body, Path incomplete, long have, HubFile file) throws IOException {
    byte[] buffer = new byte[1 << 17];
    long whole = have;
    try (OutputStream out =
        Files.newOutputStream(incomplete, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      int read;
      while ((read = body.read(buffer)) > 0) {
        if (Thread.interrupted()) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted");
        }
        if (file.size() >= 0 && whole + read > file.size()) {
          // Kept up to the size, so that the checksum decides whether it is the file after all.
          read = (int) (file.size() - whole);
        }
        out.write(buffer, 0, read);
        whole += read;
        listener.bytes(read);
        if (whole == file.size()) {
          break;
        }
      }
    }
    return whole;
  }

  private void drop(Path incomplete) throws IOException {
    if (Files.exists(incomplete)) {
      listener.bytes(-Files.size(incomplete));
      Files.delete(incomplete);
    }
  }

  private static String describe(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
