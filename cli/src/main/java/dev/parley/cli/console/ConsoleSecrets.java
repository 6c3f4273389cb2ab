package dev.parley.cli.console;

import dev.parley.cli.Failure;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Properties;

/**
 * What lets people into the pages, and the pages into their database: made once, and kept in a file
 * that only this user can read, so that links and cookies hold after a restart.
 *
 * @param token of the pages
 * @param password of the database
 */
record ConsoleSecrets(String token, String password) {

  private static final String TOKEN = "token";
  private static final String PASSWORD = "database-password";

  /**
   * Those of a directory; made if there are none.
   *
   * @throws Failure if the file cannot be used
   */
  static ConsoleSecrets of(Path directory) {
    Path file = directory.resolve("secrets.properties");
    try {
      if (!Files.exists(file)) {
        make(file);
      }
      Properties kept = new Properties();
      try (Reader in = Files.newBufferedReader(file)) {
        kept.load(in);
      }
      return new ConsoleSecrets(kept.getProperty(TOKEN), kept.getProperty(PASSWORD));
    } catch (IOException e) {
      throw new Failure("%s cannot be used: %s".formatted(file, e.getMessage()), "", e);
    }
  }

  private static void make(Path file) throws IOException {
    Files.createFile(file);
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
    Properties made = new Properties();
    made.setProperty(TOKEN, random());
    made.setProperty(PASSWORD, random());
    try (Writer out = Files.newBufferedWriter(file)) {
      made.store(out, "Of parley console. Whoever has the token can open its pages.");
    }
  }

  private static String random() {
    byte[] bytes = new byte[16];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
