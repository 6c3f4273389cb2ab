package dev.parley.cli.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Another process: holds the lock of a file until its standard input ends. */
final class LockHolder {

  private LockHolder() {}

  public static void main(String[] arguments) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                Path.of(arguments[0]), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var held = channel.lock()) {
      System.out.print(held.isValid() ? "held" : "lost");
      System.out.flush();
      while (System.in.read() >= 0) {
        // Whatever comes has no meaning.
      }
    }
  }
}
