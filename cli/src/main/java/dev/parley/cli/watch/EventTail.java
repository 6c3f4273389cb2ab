package dev.parley.cli.watch;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.parley.proto.run.v1.RunEvent;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a run's events as they are written. A line counts once its end is there; the file may not
 * exist yet, and begins anew if it becomes shorter.
 */
final class EventTail implements Closeable {

  /** Fields of a newer trainer are passed over. */
  private static final JsonFormat.Parser PARSER = JsonFormat.parser().ignoringUnknownFields();

  private final Path file;
  private final long from;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private FileChannel channel;
  private long lines;

  /** Reads all events of a file. */
  EventTail(Path file) {
    this(file, 0);
  }

  /**
   * Reads the events behind those that are there already.
   *
   * @param file the events
   * @param from bytes that are passed over
   */
  EventTail(Path file, long from) {
    this.file = file;
    this.from = from;
  }

  /**
   * What a line says, or why it cannot be understood.
   *
   * @param event the event; the default instance if there is none
   * @param complaint what is wrong with the line; empty if nothing is
   */
  record Item(RunEvent event, String complaint) {}

  /**
   * The events since the last call; empty if there are none yet.
   *
   * @throws IOException if the file cannot be read
   */
  List<Item> poll() throws IOException {
    List<Item> items = new ArrayList<>();
    if (channel == null) {
      if (!Files.exists(file)) {
        return items;
      }
      channel = FileChannel.open(file, StandardOpenOption.READ).position(from);
    }
    if (channel.size() < channel.position()) {
      channel.position(0);
      line.reset();
      lines = 0;
    }
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    while (channel.read(buffer.clear()) > 0) {
      buffer.flip();
      while (buffer.hasRemaining()) {
        byte next = buffer.get();
        if (next != '\n') {
          line.write(next);
        } else {
          take(items);
        }
      }
    }
    return items;
  }

  private void take(List<Item> items) {
    lines++;
    String json = line.toString(StandardCharsets.UTF_8);
    line.reset();
    if (json.isBlank()) {
      return;
    }
    RunEvent.Builder event = RunEvent.newBuilder();
    try {
      PARSER.merge(json, event);
      items.add(new Item(event.build(), ""));
    } catch (InvalidProtocolBufferException e) {
      items.add(
          new Item(
              RunEvent.getDefaultInstance(),
              "%s:%d is no run event: %s".formatted(file, lines, e.getMessage())));
    }
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
