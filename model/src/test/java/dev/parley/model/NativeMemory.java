package dev.parley.model;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Structure;
import java.util.List;

/** What the process has allocated outside the Java heap. */
final class NativeMemory {

  private NativeMemory() {}

  /** The counts of glibc's {@code mallinfo2}, in its order. */
  public static final class Counts extends Structure implements Structure.ByValue {
    public long arena;
    public long freeChunks;
    public long fastChunks;
    public long mappedChunks;
    public long mappedBytes;
    public long unused;
    public long fastBytes;
    public long usedBytes;
    public long freeBytes;
    public long trimmable;

    @Override
    protected List<String> getFieldOrder() {
      return List.of(
          "arena",
          "freeChunks",
          "fastChunks",
          "mappedChunks",
          "mappedBytes",
          "unused",
          "fastBytes",
          "usedBytes",
          "freeBytes",
          "trimmable");
    }
  }

  /** Returns the bytes that malloc has given out and not taken back. */
  static long inUse() {
    if (!Platform.isLinux()) {
      throw new UnsupportedOperationException("only glibc counts what malloc has given out");
    }
    Function mallinfo = NativeLibrary.getInstance("c").getFunction("mallinfo2");
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      // Java's own buffers outside its heap are given back when the collector finds them, and the
      // compiler's when it is done.
      System.gc();
      Counts counts = (Counts) mallinfo.invoke(Counts.class, new Object[0]);
      least = Math.min(least, counts.usedBytes + counts.mappedBytes);
    }
    return least;
  }
}
