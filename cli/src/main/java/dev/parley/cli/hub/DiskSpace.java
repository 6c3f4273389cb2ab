package dev.parley.cli.hub;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Quantity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether there is room for a model; tests have rooms of their own. */
interface DiskSpace {

  /** The space that the file system of a directory has left for us. */
  DiskSpace REAL = directory -> Files.getFileStore(directory).getUsableSpace();

  /** Bytes that can be written to a directory. */
  long usable(Path directory) throws IOException;

  /**
   * Makes sure that there is room before hours are spent on a download that cannot end well.
   *
   * @throws Failure if there is not
   */
  default void require(HubModel model, Path directory, long bytes) throws IOException {
    long usable = usable(directory);
    if (usable < bytes) {
      throw new Failure(
          "%s needs %s more in %s, where %s are free"
              .formatted(model, Quantity.bytes(bytes), directory, Quantity.bytes(usable)),
          "Make room, or set HF_HUB_CACHE to a directory on a larger disk.");
    }
  }

  /** Whether a write failed for want of room. Java has no type for it. */
  static boolean isExhausted(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("No space left on device") || message.contains("Disk quota exceeded");
  }

  /** The failure for such a write. */
  static Failure failure(Path target, HubFile file, IOException cause) {
    return new Failure(
        "the disk of %s is full while %s is being fetched"
            .formatted(target.getParent(), file.path()),
        "Make room and run the command again: it goes on where it ended. HF_HUB_CACHE names another directory.",
        cause);
  }
}
