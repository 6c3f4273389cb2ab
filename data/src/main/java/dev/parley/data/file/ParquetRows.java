package dev.parley.data.file;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.data.Defect;
import dev.parley.data.InvalidExampleException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;

/**
 * The rows of a Parquet file, one at a time. A row group is held in memory while its rows are read:
 * its size is whatever the writer chose, most often up to 128 MB or some thousand rows. A row's
 * "line" is its number, from 1.
 */
final class ParquetRows implements RowSource {

  private final Path file;
  private final ParquetFileReader reader;
  private final MessageColumnIO columns;
  private final MessageType schema;
  private RecordReader<Group> records;
  private long left;
  private long row;

  private ParquetRows(Path file, ParquetFileReader reader) {
    this.file = file;
    this.reader = reader;
    this.schema = reader.getFileMetaData().getSchema();
    this.columns = new ColumnIOFactory().getColumnIO(schema);
  }

  static ParquetRows open(Path file) throws IOException {
    try {
      return new ParquetRows(
          file,
          ParquetFileReader.open(
              new LocalInputFile(file),
              ParquetReadOptions.builder(new PlainParquetConfiguration())
                  .withCodecFactory(new ParquetCodecs())
                  .build()));
    } catch (RuntimeException e) {
      // A file that is cut short: its index stands at the end.
      throw broken(e);
    }
  }

  @Override
  public Optional<Item> next() throws IOException {
    try {
      while (left == 0) {
        PageReadStore pages = reader.readNextRowGroup();
        if (pages == null) {
          return Optional.empty();
        }
        left = pages.getRowCount();
        records = columns.getRecordReader(pages, new GroupRecordConverter(schema));
      }
      Group group = records.read();
      left--;
      row++;
      return Optional.of(item(group));
    } catch (RuntimeException e) {
      throw broken(e);
    }
  }

  private Item item(Group group) {
    try {
      ObjectNode value = ParquetValues.object(group);
      return new Item(row, value, null);
    } catch (InvalidExampleException e) {
      return new Item(row, null, new BadRow(new RowPlace(file, row), e.defect(), e.getMessage()));
    } catch (ArithmeticException e) {
      return new Item(
          row, null, new BadRow(new RowPlace(file, row), Defect.WRONG_VALUE, e.getMessage()));
    }
  }

  /** Parquet-java says all that is wrong with a file in unchecked exceptions. */
  private static IOException broken(RuntimeException e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return new IOException("as Parquet: " + cause.getMessage(), e);
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
