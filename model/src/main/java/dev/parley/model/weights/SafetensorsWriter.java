package dev.parley.model.weights;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Writes one safetensors file, tensor after tensor, without holding them all in memory. */
public final class SafetensorsWriter {

  private static final int BLOCK = 1 << 20;

  private SafetensorsWriter() {}

  /**
   * A tensor to write.
   *
   * @param name its name
   * @param type the number format to store it in
   * @param shape its shape
   * @param source gives its numbers, stretch by stretch
   */
  public record Tensor(String name, StoredType type, List<Long> shape, Source source) {

    /** Returns how many numbers it holds. */
    public long size() {
      return shape.stream().reduce(1L, (a, b) -> a * b);
    }
  }

  /** Gives stretches of a tensor's numbers in row-major order. */
  @FunctionalInterface
  public interface Source {
    /** Returns {@code count} numbers from index {@code first} on. */
    float[] floats(long first, int count);

    /**
     * Returns a source for a tensor that can only be made as a whole: it is made when its first
     * stretch is asked for, and let go with its last.
     */
    static Source ofWhole(Supplier<float[]> tensor) {
      return new Source() {
        private float[] values;

        @Override
        public float[] floats(long first, int count) {
          if (first == 0) {
            values = tensor.get();
          }
          float[] stretch = Arrays.copyOfRange(values, (int) first, (int) first + count);
          if (first + count == values.length) {
            values = null;
          }
          return stretch;
        }
      };
    }
  }

  /**
   * Writes a new file and forces it to disk.
   *
   * @param path the file, which must not exist
   * @param tensors the tensors in the order of the file
   * @throws WeightException if it cannot be written
   */
  public static void write(Path path, List<Tensor> tensors) {
    write(path, tensors, Map.of());
  }

  /**
   * Writes a new file and forces it to disk.
   *
   * @param path the file, which must not exist
   * @param tensors the tensors in the order of the file
   * @param metadata free text fields of the header
   * @throws WeightException if it cannot be written
   */
  public static void write(Path path, List<Tensor> tensors, Map<String, String> metadata) {
    byte[] header = header(tensors, metadata).toString().getBytes(StandardCharsets.UTF_8);
    // Eight-byte alignment of the data, as the reference implementation has it.
    int padding = (8 - header.length % 8) % 8;
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer start = buffer(Long.BYTES + header.length + padding);
      start.putLong(header.length + padding).put(header).put(" ".repeat(padding).getBytes());
      drain(channel, start);
      ByteBuffer block = buffer(BLOCK * Float.BYTES);
      for (Tensor tensor : tensors) {
        for (long first = 0; first < tensor.size(); first += BLOCK) {
          int count = (int) Math.min(BLOCK, tensor.size() - first);
          block.clear();
          for (float value : tensor.source().floats(first, count)) {
            tensor.type().write(block, value);
          }
          drain(channel, block);
        }
      }
      channel.force(true);
    } catch (IOException e) {
      throw new WeightException("cannot write " + path + ": " + e, e);
    }
  }

  /**
   * Writes new files side by side and forces them to disk.
   *
   * @param files by their paths, which must not exist, the tensors of each in the order of the file
   * @param written told of each file that is whole, by the thread that wrote it
   * @throws WeightException if one cannot be written
   */
  public static void write(Map<Path, List<Tensor>> files, Consumer<Path> written) {
    SideBySide.forEach(
        List.copyOf(files.entrySet()),
        file -> {
          write(file.getKey(), file.getValue());
          written.accept(file.getKey());
        });
  }

  private static JsonObject header(List<Tensor> tensors, Map<String, String> metadata) {
    JsonObject header = new JsonObject();
    JsonObject fields = new JsonObject();
    // transformers refuses files that do not say which framework wrote them.
    fields.addProperty("format", "pt");
    metadata.forEach(fields::addProperty);
    header.add("__metadata__", fields);
    long position = 0;
    for (Tensor tensor : tensors) {
      JsonObject entry = new JsonObject();
      entry.addProperty("dtype", tensor.type().name());
      JsonArray shape = new JsonArray();
      tensor.shape().forEach(shape::add);
      entry.add("shape", shape);
      JsonArray offsets = new JsonArray();
      offsets.add(position);
      position += tensor.size() * tensor.type().bytes();
      offsets.add(position);
      entry.add("data_offsets", offsets);
      header.add(tensor.name(), entry);
    }
    return header;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void drain(FileChannel channel, ByteBuffer buffer) throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
