package dev.parley.data.file;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;

/** Where the rows of one file go, in order. */
interface RowSink extends Closeable {

  /**
   * Writes a row.
   *
   * @throws IOException if the disk refuses it
   * @throws dev.parley.data.InvalidExampleException if the format has no place for one of its
   *     fields
   */
  void write(ObjectNode row) throws IOException;
}
