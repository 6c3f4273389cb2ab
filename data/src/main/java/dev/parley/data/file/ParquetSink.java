package dev.parley.data.file;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.data.shape.Column;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.ConversionPatterns;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/**
 * A Parquet file, compressed with Zstandard. Every column may be null; turns are lists of structs,
 * metadata a map. A row group of 32 MiB is held until it is written.
 */
final class ParquetSink implements RowSink {

  private static final long ROW_GROUP_BYTES = 32L << 20;

  private final ParquetWriter<ObjectNode> writer;
  private final List<Column> columns;

  ParquetSink(Path file, List<Column> columns) throws IOException {
    this.columns = columns;
    this.writer =
        new Builder(new LocalOutputFile(file), columns)
            .withConf(new PlainParquetConfiguration())
            .withCodecFactory(new ParquetCodecs())
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withRowGroupSize(ROW_GROUP_BYTES)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .build();
  }

  @Override
  public void write(ObjectNode row) throws IOException {
    TableRow.requireColumns(row, columns, "Parquet");
    writer.write(row);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }

  private static final class Builder extends ParquetWriter.Builder<ObjectNode, Builder> {
    private final List<Column> columns;

    Builder(OutputFile file, List<Column> columns) {
      super(file);
      this.columns = columns;
    }

    @Override
    protected Builder self() {
      return this;
    }

    // Abstract in parquet-java for as long as Hadoop's configuration is.
    @SuppressWarnings("deprecation")
    @Override
    protected WriteSupport<ObjectNode> getWriteSupport(Configuration configuration) {
      return new Rows(columns);
    }

    @Override
    protected WriteSupport<ObjectNode> getWriteSupport(ParquetConfiguration configuration) {
      return new Rows(columns);
    }
  }

  /** Rows as calls of Parquet's record consumer. */
  private static final class Rows extends WriteSupport<ObjectNode> {
    private final List<Column> columns;
    private RecordConsumer to;

    Rows(List<Column> columns) {
      this.columns = columns;
    }

    @SuppressWarnings("deprecation")
    @Override
    public WriteContext init(Configuration configuration) {
      return init(new PlainParquetConfiguration());
    }

    @Override
    public WriteContext init(ParquetConfiguration configuration) {
      return new WriteContext(schema(columns), Map.of());
    }

    @Override
    public void prepareForWrite(RecordConsumer consumer) {
      to = consumer;
    }

    @Override
    public void write(ObjectNode row) {
      to.startMessage();
      for (int i = 0; i < columns.size(); i++) {
        Column column = columns.get(i);
        JsonNode value = row.get(column.name());
        if (value != null) {
          field(column.name(), i, () -> value(column, value));
        }
      }
      to.endMessage();
    }

    private void value(Column column, JsonNode value) {
      switch (column.type()) {
        case TEXT -> text(value.textValue());
        case NUMBER -> to.addDouble(value.doubleValue());
        case FLAG -> to.addBoolean(value.booleanValue());
        case TURNS -> elements("list", value, turn -> field("element", 0, () -> turn(turn)));
        case TEXTS -> texts((ObjectNode) value);
      }
    }

    private void turn(JsonNode turn) {
      to.startGroup();
      field("role", 0, () -> text(turn.get("role").textValue()));
      field("content", 1, () -> text(turn.get("content").textValue()));
      to.endGroup();
    }

    private void texts(ObjectNode texts) {
      to.startGroup();
      if (!texts.isEmpty()) {
        field(
            "key_value",
            0,
            () -> {
              for (Map.Entry<String, JsonNode> entry : texts.properties()) {
                to.startGroup();
                field("key", 0, () -> text(entry.getKey()));
                field("value", 1, () -> text(entry.getValue().textValue()));
                to.endGroup();
              }
            });
      }
      to.endGroup();
    }

    private void elements(String name, JsonNode list, Consumer<JsonNode> element) {
      to.startGroup();
      if (!list.isEmpty()) {
        field(
            name,
            0,
            () -> {
              for (JsonNode value : list) {
                to.startGroup();
                element.accept(value);
                to.endGroup();
              }
            });
      }
      to.endGroup();
    }

    private void text(String text) {
      to.addBinary(Binary.fromString(text));
    }

    private void field(String name, int index, Runnable content) {
      to.startField(name, index);
      content.run();
      to.endField(name, index);
    }
  }

  private static MessageType schema(List<Column> columns) {
    return new MessageType("row", columns.stream().map(ParquetSink::type).toList());
  }

  private static Type type(Column column) {
    return switch (column.type()) {
      case TEXT -> text(column.name());
      case NUMBER -> Types.optional(PrimitiveTypeName.DOUBLE).named(column.name());
      case FLAG -> Types.optional(PrimitiveTypeName.BOOLEAN).named(column.name());
      case TURNS ->
          ConversionPatterns.listOfElements(
              Repetition.OPTIONAL,
              column.name(),
              Types.optionalGroup().addFields(text("role"), text("content")).named("element"));
      case TEXTS ->
          Types.optionalMap()
              .key(
                  Types.required(PrimitiveTypeName.BINARY)
                      .as(LogicalTypeAnnotation.stringType())
                      .named("key"))
              .value(text("value"))
              .named(column.name());
    };
  }

  private static Type text(String name) {
    return Types.optional(PrimitiveTypeName.BINARY)
        .as(LogicalTypeAnnotation.stringType())
        .named(name);
  }
}
