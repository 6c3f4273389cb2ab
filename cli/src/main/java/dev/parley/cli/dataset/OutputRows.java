package dev.parley.cli.dataset;

import dev.parley.cli.Failure;
import dev.parley.data.file.DatasetWriter;
import dev.parley.data.shape.WrittenShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How a command writes rows, as a picocli mixin. */
final class OutputRows {

  private static final Pattern WRITTEN =
      Pattern.compile("(?i)\\.(parquet|(jsonl|csv|tsv)(\\.gz)?)$");

  private CommandSpec spec;

  @Option(
      names = "--to",
      paramLabel = "SHAPE",
      defaultValue = "parley",
      completionCandidates = ShapeNames.class,
      converter = ShapeName.class,
      description =
          "The shape of the rows that are written: ${COMPLETION-CANDIDATES}. Default:"
              + " ${DEFAULT-VALUE}.")
  private WrittenShape shape;

  private List<String> leftOut = new ArrayList<>();

  @Option(names = "--force", description = "Write over a file that exists.")
  private boolean force;

  /** Called by picocli with the command that these options belong to. */
  @Spec(Target.MIXEE)
  void mixInto(CommandSpec mixee) {
    spec = mixee;
  }

  /** Called by picocli with the values of {@code --leave-out}. */
  @Option(
      names = "--leave-out",
      paramLabel = "FIELD",
      split = ",",
      completionCandidates = FieldNames.class,
      description =
          "Fields that may be lost where the shape has none for them: ${COMPLETION-CANDIDATES}.")
  void leaveOut(List<String> fields) {
    for (String field : fields) {
      if (!WrittenShape.FIELDS.contains(field)) {
        throw new ParameterException(
            spec.commandLine(),
            "--leave-out: there is no field \"%s\"; expected some of %s"
                .formatted(field, WrittenShape.FIELDS));
      }
    }
    leftOut = fields;
  }

  /** The names of the shapes, for help and completion. */
  static final class ShapeNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of(WrittenShape.values()).stream().map(WrittenShape::toString).iterator();
    }
  }

  /** The names of the fields, for help and completion. */
  static final class FieldNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return WrittenShape.FIELDS.iterator();
    }
  }

  /** A shape by the name that users type. */
  static final class ShapeName implements picocli.CommandLine.ITypeConverter<WrittenShape> {
    @Override
    public WrittenShape convert(String name) {
      for (WrittenShape shape : WrittenShape.values()) {
        if (shape.toString().equals(name)) {
          return shape;
        }
      }
      throw new picocli.CommandLine.TypeConversionException(
          "there is no shape \"%s\"; expected one of %s"
              .formatted(name, List.of(WrittenShape.values())));
    }
  }

  /**
   * Opens a file to write.
   *
   * @throws Failure if its name says another format, or it exists and may not be written over
   */
  DatasetWriter create(Path file) throws IOException {
    if (!WRITTEN.matcher(file.getFileName().toString()).find()) {
      throw new Failure(
          file + " is named after no format that is written",
          "expected a name that ends with .jsonl, .csv or .tsv, also with .gz, or with .parquet.");
    }
    requireNew(file);
    return DatasetWriter.create(file, shape, new HashSet<>(leftOut));
  }

  /**
   * Refuses a file that exists, unless it may be written over.
   *
   * @throws Failure if so
   */
  void requireNew(Path file) {
    requireNew(file, force);
  }

  static void requireNew(Path file, boolean force) {
    if (Files.isDirectory(file)) {
      throw new Failure(file + " is a directory; expected the name of a file", "");
    }
    if (Files.exists(file) && !force) {
      throw new Failure(
          file + " exists already", "Name another file, or write over it with --force.");
    }
  }

  boolean force() {
    return force;
  }
}
