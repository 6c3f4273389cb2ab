package dev.parley.model.weights;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One safetensors file: eight bytes with the header's length, a JSON header, then the tensors'
 * bytes, little endian, one after the other without gaps
 * (https://github.com/huggingface/safetensors).
 */
public final class SafetensorsFile implements AutoCloseable {

  /** The header may not be longer than this, as in the reference implementation. */
  private static final long LONGEST_HEADER = 100_000_000;

  private final Path path;
  private final FileChannel channel;
  private final long dataStart;
  private final Map<String, Entry> entries;
  private final Map<String, String> metadata;

  private SafetensorsFile(
      Path path,
      FileChannel channel,
      long dataStart,
      Map<String, Entry> entries,
      Map<String, String> metadata) {
    this.path = path;
    this.channel = channel;
    this.dataStart = dataStart;
    this.entries = Collections.unmodifiableMap(entries);
    this.metadata = Collections.unmodifiableMap(metadata);
  }

  /**
   * Where one tensor lies.
   *
   * @param type its number format
   * @param shape its shape
   * @param begin its first byte, counted from the end of the header
   * @param end the byte after its last
   */
  public record Entry(StoredType type, List<Long> shape, long begin, long end) {

    /** Returns how many numbers it holds. */
    public long size() {
      return shape.stream().reduce(1L, (a, b) -> a * b);
    }
  }

  /**
   * Opens a file and checks its whole header.
   *
   * @param path the file
   * @throws WeightException if it is missing, truncated or malformed; the message names the file
   *     and the tensor
   */
  public static SafetensorsFile open(Path path) {
    FileChannel channel;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
    } catch (IOException e) {
      throw new WeightException("cannot open " + path + ": " + e, e);
    }
    try {
      return parse(path, channel);
    } catch (IOException | JsonParseException | IllegalStateException | ClassCastException e) {
      closeAfterFailure(channel, e);
      throw new WeightException(path + " is not a safetensors file: " + e.getMessage(), e);
    } catch (WeightException e) {
      closeAfterFailure(channel, e);
      throw e;
    }
  }

  private static SafetensorsFile parse(Path path, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < Long.BYTES) {
      throw new WeightException(path + " is truncated: it has " + size + " bytes, no header");
    }
    long headerLength = read(channel, 0, Long.BYTES).getLong();
    if (headerLength < 2 || headerLength > LONGEST_HEADER) {
      throw new WeightException(
          path + " is not a safetensors file: its header claims " + headerLength + " bytes");
    }
    if (Long.BYTES + headerLength > size) {
      throw new WeightException(
          path
              + " is truncated: its header has "
              + headerLength
              + " bytes, the file "
              + size
              + " in all");
    }
    byte[] json = new byte[(int) headerLength];
    read(channel, Long.BYTES, json.length).get(json);
    JsonObject header =
        JsonParser.parseString(new String(json, StandardCharsets.UTF_8)).getAsJsonObject();
    long dataStart = Long.BYTES + headerLength;
    Map<String, Entry> entries = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Map.Entry<String, JsonElement> field : header.entrySet()) {
      JsonObject value = field.getValue().getAsJsonObject();
      if (field.getKey().equals("__metadata__")) {
        value.entrySet().forEach(e -> metadata.put(e.getKey(), e.getValue().getAsString()));
      } else {
        entries.put(field.getKey(), entry(path, field.getKey(), value));
      }
    }
    checkLayout(path, entries, size - dataStart);
    return new SafetensorsFile(path, channel, dataStart, entries, metadata);
  }

  private static Entry entry(Path path, String name, JsonObject value) {
    String typeName = value.get("dtype").getAsString();
    StoredType type =
        StoredType.byName(typeName)
            .orElseThrow(
                () ->
                    new WeightException(
                        path
                            + ": tensor "
                            + name
                            + " has number format "
                            + typeName
                            + ", expected one of "
                            + StoredType.known()));
    List<Long> shape = new ArrayList<>();
    value.getAsJsonArray("shape").forEach(dimension -> shape.add(dimension.getAsLong()));
    JsonArray offsets = value.getAsJsonArray("data_offsets");
    Entry entry =
        new Entry(type, List.copyOf(shape), offsets.get(0).getAsLong(), offsets.get(1).getAsLong());
    long expected = entry.size() * type.bytes();
    if (entry.begin() < 0 || entry.end() - entry.begin() != expected) {
      throw new WeightException(
          path
              + ": tensor "
              + name
              + " of shape "
              + shape
              + " needs "
              + expected
              + " bytes, its offsets say "
              + (entry.end() - entry.begin()));
    }
    return entry;
  }

  private static void checkLayout(Path path, Map<String, Entry> entries, long dataBytes) {
    List<Map.Entry<String, Entry>> inOrder = new ArrayList<>(entries.entrySet());
    inOrder.sort(Comparator.comparingLong(e -> e.getValue().begin()));
    long position = 0;
    for (Map.Entry<String, Entry> e : inOrder) {
      if (e.getValue().begin() != position) {
        throw new WeightException(
            path
                + ": tensor "
                + e.getKey()
                + " begins at byte "
                + e.getValue().begin()
                + " of the data, expected "
                + position);
      }
      position = e.getValue().end();
      if (position > dataBytes) {
        throw new WeightException(
            path
                + " is truncated: tensor "
                + e.getKey()
                + " ends at byte "
                + position
                + " of the data, of which there are "
                + dataBytes);
      }
    }
    if (position != dataBytes) {
      throw new WeightException(
          path + " has " + (dataBytes - position) + " bytes after its last tensor");
    }
  }

  private static void closeAfterFailure(FileChannel channel, Exception failure) {
    try {
      channel.close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Returns the file's path. */
  public Path path() {
    return path;
  }

  /** Returns the tensors' names in the order of the header. */
  public Set<String> names() {
    return entries.keySet();
  }

  /** Returns the free text fields of the header. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /**
   * Returns where a tensor lies.
   *
   * @throws WeightException if the file does not hold it
   */
  public Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new WeightException(path + " has no tensor " + name);
    }
    return entry;
  }

  /**
   * Reads a stretch of a tensor, widened to single precision.
   *
   * @param name the tensor
   * @param first index of the first number, in row-major order
   * @param count how many
   * @return the numbers
   * @throws WeightException if the file cannot be read
   */
  public float[] floats(String name, long first, int count) {
    Entry entry = entry(name);
    ByteBuffer bytes = bytes(name, first, count);
    float[] values = new float[count];
    if (entry.type() == StoredType.F32) {
      bytes.asFloatBuffer().get(values);
    } else {
      for (int i = 0; i < count; i++) {
        values[i] = entry.type().read(bytes);
      }
    }
    return values;
  }

  /**
   * Reads a whole tensor, widened to single precision.
   *
   * @param name the tensor, of fewer than 2^31 numbers
   * @throws WeightException if the file cannot be read
   */
  public float[] floats(String name) {
    return floats(name, 0, Math.toIntExact(entry(name).size()));
  }

  /**
   * Reads a whole tensor of integers.
   *
   * @param name the tensor, of fewer than 2^31 numbers
   * @throws WeightException if it holds no integers or the file cannot be read
   */
  public long[] longs(String name) {
    Entry entry = entry(name);
    if (entry.type() != StoredType.I64) {
      throw new WeightException(path + ": tensor " + name + " is " + entry.type() + ", not I64");
    }
    long[] values = new long[Math.toIntExact(entry.size())];
    bytes(name, 0, values.length).asLongBuffer().get(values);
    return values;
  }

  private ByteBuffer bytes(String name, long first, int count) {
    Entry entry = entry(name);
    int width = entry.type().bytes();
    try {
      return read(channel, dataStart + entry.begin() + first * width, (long) count * width);
    } catch (IOException e) {
      throw new WeightException(path + ": cannot read tensor " + name + ": " + e, e);
    }
  }

  private static ByteBuffer read(FileChannel channel, long position, long length)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(length));
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new EOFException("the file ends at byte " + (position + buffer.position()));
      }
    }
    return buffer.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new WeightException("cannot close " + path + ": " + e, e);
    }
  }
}
