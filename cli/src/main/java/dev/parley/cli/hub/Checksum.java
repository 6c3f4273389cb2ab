package dev.parley.cli.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Compares a file with the etag that the hub gave for it. */
final class Checksum {

  private static final int SHA1_DIGITS = 40;
  private static final int SHA256_DIGITS = 64;

  private Checksum() {}

  /**
   * Whether a file is the one that an etag stands for. An etag that is no checksum (a mirror may
   * have its own) cannot be checked and passes.
   *
   * @param file the file
   * @param etag SHA-256 of the content, or git's SHA-1 of a blob
   * @throws IOException if the file cannot be read
   */
  static boolean matches(Path file, String etag) throws IOException {
    if (etag.matches("[0-9a-f]{" + SHA256_DIGITS + "}")) {
      return hex(digest("SHA-256"), file).equals(etag);
    }
    if (etag.matches("[0-9a-f]{" + SHA1_DIGITS + "}")) {
      MessageDigest digest = digest("SHA-1");
      // Git hashes a header before the content (git-hash-object).
      digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
      return hex(digest, file).equals(etag);
    }
    return true;
  }

  private static String hex(MessageDigest digest, Path file) throws IOException {
    byte[] buffer = new byte[1 << 20];
    try (InputStream in = Files.newInputStream(file)) {
      int read;
      while ((read = in.read(buffer)) > 0) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + algorithm, e);
    }
  }
}
