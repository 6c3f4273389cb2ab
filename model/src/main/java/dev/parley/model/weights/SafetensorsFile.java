package dev.parley.model.weights;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    } catch (JsonParseException | CharacterCodingException e) {
      closeAfterFailure(channel, e);
      throw new WeightException(
          path + " is not a safetensors file: its header is no JSON in UTF-8: " + e.getMessage(),
          e);
    } catch (IOException e) {
      closeAfterFailure(channel, e);
      throw new WeightException("cannot read " + path + ": " + e, e);
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
          path
              + " is not a safetensors file: its header claims "
              + headerLength
              + " bytes, expected 2 to "
              + LONGEST_HEADER);
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
    JsonObject header = header(path, read(channel, Long.BYTES, headerLength));
    Map<String, Entry> entries = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Map.Entry<String, JsonElement> field : header.entrySet()) {
      if (field.getKey().equals("__metadata__")) {
        metadata.putAll(metadata(path, field.getValue()));
      } else {
        entries.put(field.getKey(), new EntryReader(path, field.getKey()).read(field.getValue()));
      }
    }
    long dataStart = Long.BYTES + headerLength;
    checkLayout(path, entries, size - dataStart);
    return new SafetensorsFile(path, channel, dataStart, entries, metadata);
  }

  private static JsonObject header(Path path, ByteBuffer bytes) throws CharacterCodingException {
    String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    JsonElement header = JsonParser.parseString(text);
    if (!header.isJsonObject()) {
      throw new WeightException(
          path + " is not a safetensors file: its header is no JSON object but " + header);
    }
    return header.getAsJsonObject();
  }

  private static Map<String, String> metadata(Path path, JsonElement found) {
    Map<String, String> metadata = new LinkedHashMap<>();
    if (!found.isJsonObject()) {
      throw new WeightException(path + ": __metadata__ is " + found + ", expected an object");
    }
    for (Map.Entry<String, JsonElement> field : found.getAsJsonObject().entrySet()) {
      if (!field.getValue().isJsonPrimitive()) {
        throw new WeightException(
            path
                + ": __metadata__ field "
                + field.getKey()
                + " is "
                + field.getValue()
                + ", expected text");
      }
      metadata.put(field.getKey(), field.getValue().getAsString());
    }
    return metadata;
  }

  /** Reads what the header says about one tensor. */
  private record EntryReader(Path path, String name) {

    Entry read(JsonElement found) {
      if (!found.isJsonObject()) {
        throw wrong("is " + found, "an object");
      }
      JsonObject fields = found.getAsJsonObject();
      StoredType type = type(fields);
      List<Long> shape = wholeNumbers(fields, "shape");
      List<Long> offsets = wholeNumbers(fields, "data_offsets");
      if (offsets.size() != 2) {
        throw wrong("has data_offsets " + offsets, "two numbers");
      }
      long bytes = offsets.get(1) - offsets.get(0);
      long expected = size(shape, type.bytes());
      if (bytes != expected) {
        throw wrong(
            "of shape " + shape + " in " + type + " has data_offsets " + offsets,
            "a stretch of " + expected + " bytes");
      }
      return new Entry(type, shape, offsets.get(0), offsets.get(1));
    }

    private StoredType type(JsonObject fields) {
      JsonElement found = fields.get("dtype");
      return Optional.ofNullable(found)
          .filter(JsonElement::isJsonPrimitive)
          .flatMap(value -> StoredType.byName(value.getAsString()))
          .orElseThrow(() -> wrong("has dtype " + found, "one of " + StoredType.known()));
    }

    private List<Long> wholeNumbers(JsonObject fields, String field) {
      JsonElement found = fields.get(field);
      List<Long> numbers = new ArrayList<>();
      if (found != null && found.isJsonArray()) {
        for (JsonElement element : found.getAsJsonArray()) {
          // Digits only: Gson would make whole numbers of texts and fractions.
          if (element.isJsonPrimitive() && element.toString().matches("\\d{1,18}")) {
            numbers.add(element.getAsLong());
          }
        }
      }
      if (found == null
          || !found.isJsonArray()
          || numbers.size() != found.getAsJsonArray().size()) {
        throw wrong("has " + field + " " + found, "a list of whole numbers, 0 or more");
      }
      return List.copyOf(numbers);
    }

    private long size(List<Long> shape, long bytes) {
      try {
        return shape.stream().reduce(bytes, Math::multiplyExact);
      } catch (ArithmeticException e) {
        throw wrong("has shape " + shape, "a shape that fits into a file");
      }
    }

    private WeightException wrong(String found, String expected) {
      return new WeightException(
          path + ": tensor " + name + " " + found + ", expected " + expected);
    }
  }

  private static void checkLayout(Path path, Map<String, Entry> entries, long dataBytes) {
    List<Map.Entry<String, Entry>> inOrder = new ArrayList<>(entries.entrySet());
    // Empty tensors may begin where others begin.
    inOrder.sort(
        Comparator.<Map.Entry<String, Entry>>comparingLong(e -> e.getValue().begin())
            .thenComparingLong(e -> e.getValue().end()));
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
                + position
                + ": tensors may neither overlap nor leave gaps");
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
          path + " has " + (dataBytes - position) + " bytes after its last tensor, expected none");
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
   * Fills a buffer with the bytes of a stretch of a tensor, as they are in the file.
   *
   * @param name the tensor
   * @param first index of the first number, in row-major order
   * @param buffer is filled up to its limit, and then holds it from its position on
   * @throws WeightException if the file cannot be read
   */
  void fill(String name, long first, ByteBuffer buffer) {
    Entry entry = entry(name);
    try {
      fill(channel, dataStart + entry.begin() + first * entry.type().bytes(), buffer);
    } catch (IOException e) {
      throw new WeightException(path + ": cannot read tensor " + name + ": " + e, e);
    }
  }

  /**
   * Returns the SHA-256 of the file that was opened, whatever lies at its path now.
   *
   * @throws WeightException if it cannot be read
   */
  String digest() {
    try {
      return Digests.of(Channels.newInputStream(channel.position(0)));
    } catch (IOException e) {
      throw new WeightException("cannot read " + path + ": " + e, e);
    }
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
      throw new WeightException(
          path + ": tensor " + name + " is " + entry.type() + ", expected I64");
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
    fill(channel, position, buffer);
    return buffer.order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void fill(FileChannel channel, long position, ByteBuffer buffer)
      throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new EOFException("the file ends at byte " + (position + buffer.position()));
      }
    }
    buffer.flip();
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
