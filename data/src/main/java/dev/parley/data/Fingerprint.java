package dev.parley.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * 128 bits that stand for turns of text: equal turns give equal bits on every machine, and
 * different ones do not meet by chance.
 *
 * @param high the first 64 bits of a SHA-256
 * @param low the next 64 bits
 */
public record Fingerprint(long high, long low) implements Comparable<Fingerprint> {

  /** The fingerprint of turns, exactly as they stand. */
  public static Fingerprint of(List<ChatTurn> turns) {
    return of(turns, 0);
  }

  /**
   * The fingerprint of turns under a seed.
   *
   * @param seed another seed gives unrelated bits
   */
  public static Fingerprint of(List<ChatTurn> turns, long seed) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).array());
    for (ChatTurn turn : turns) {
      update(digest, turn.role());
      update(digest, turn.content());
    }
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    return new Fingerprint(hash.getLong(), hash.getLong());
  }

  /** An order in which nothing but the bits counts. */
  @Override
  public int compareTo(Fingerprint other) {
    int first = Long.compare(high, other.high);
    return first != 0 ? first : Long.compare(low, other.low);
  }

  /** The length goes first, so that no two lists of strings give the same bytes. */
  private static void update(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    digest.update(bytes);
  }
}
