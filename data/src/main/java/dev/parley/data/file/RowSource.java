package dev.parley.data.file;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** The JSON values of one file, in order. */
interface RowSource extends Closeable {

  /**
   * One value, or the reason why there is none.
   *
   * @param line where it begins, from 1
   * @param value the value; null if it is bad
   * @param bad why there is none; null if there is one
   */
  record Item(long line, JsonNode value, BadRow bad) {}

  /**
   * The next value.
   *
   * @return empty at the end of the file
   * @throws IOException if the file cannot be read on: broken gzip, an array that is not JSON
   */
  Optional<Item> next() throws IOException;
}
