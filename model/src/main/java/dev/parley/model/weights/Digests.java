package dev.parley.model.weights;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** SHA-256 digests in lower-case hex. */
public final class Digests {

  private Digests() {}

  /** Returns the SHA-256 of some bytes. */
  public static String ofBytes(byte[] bytes) {
    return HexFormat.of().formatHex(sha256().digest(bytes));
  }

  /**
   * Returns the SHA-256 of a file.
   *
   * @throws WeightException if it cannot be read
   */
  public static String ofFile(Path file) {
    try (InputStream stream = Files.newInputStream(file)) {
      return of(stream);
    } catch (IOException e) {
      throw new WeightException("cannot read " + file + ": " + e, e);
    }
  }

  /** Returns the SHA-256 of what is left of a stream. */
  static String of(InputStream stream) throws IOException {
    MessageDigest digest = sha256();
    byte[] block = new byte[1 << 20];
    for (int read = stream.read(block); read >= 0; read = stream.read(block)) {
      digest.update(block, 0, read);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * Returns the SHA-256 of each of several files. A SHA-256 is one chain, and slower than most
   * disks: each core adds up a file of its own.
   *
   * @throws WeightException if one cannot be read
   */
  public static Map<Path, String> ofFiles(List<Path> files) {
    Map<Path, String> digests = new ConcurrentHashMap<>();
    SideBySide.forEach(files, file -> digests.put(file, ofFile(file)));
    return digests;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
