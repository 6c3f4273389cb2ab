package dev.parley.cli.up;

import dev.parley.cli.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The directory of the broker's data and the logs, held by one process at a time.
 *
 * @param path where it is
 * @param lock closing it lets go
 */
public record StateDirectory(Path path, FileChannel lock) implements AutoCloseable {

  /**
   * Takes a directory, which is made if it is not there.
   *
   * @param path where it is
   * @param command what takes it, for the message to whoever comes second
   * @throws Failure if another process has it, or it cannot be written
   */
  public static StateDirectory take(Path path, String command) {
    Path directory = path.toAbsolutePath().normalize();
    Path file = directory.resolve("lock");
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (!isMine(channel)) {
        channel.close();
        throw new Failure(
            "another %s (process %s) uses %s"
                .formatted(command, Files.readString(file).strip(), directory),
            "Stop it, or name another directory with --dir.");
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
      return new StateDirectory(directory, channel);
    } catch (IOException e) {
      throw new Failure(
          "%s cannot be used: %s".formatted(directory, e.getMessage()),
          "Name a directory that can be written with --dir.",
          e);
    }
  }

  private static boolean isMine(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException heldInThisProcess) {
      return false;
    }
  }

  /** Where logs are in such a directory. */
  public static Path logs(Path directory) {
    return directory.resolve("logs");
  }

  /** Where the broker's data are in such a directory. */
  static Path broker(Path directory) {
    return directory.resolve("broker");
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new Failure("%s cannot be let go: %s".formatted(path, e.getMessage()), "", e);
    }
  }
}
