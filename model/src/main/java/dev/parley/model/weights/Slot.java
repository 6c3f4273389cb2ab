package dev.parley.model.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One array that the decoder's program takes, and the tensors of the checkpoint that it is made of.
 *
 * <p>Query, key and value projections, for one, lie one after the other in a single array, because
 * one large matrix product is faster than three small ones.
 *
 * @param shape the array's shape; {@code [0]} for an array that this model does not have
 * @param parts the checkpoint's tensors, which follow each other along the first axis
 */
public record Slot(List<Long> shape, List<Part> parts) {

  /** The slot of an array that a model does not have: an empty array stands in its place. */
  public static final Slot ABSENT = new Slot(List.of(0L), List.of());

  /** Copies the lists and checks that the parts fill the shape. */
  public Slot {
    shape = List.copyOf(shape);
    parts = List.copyOf(parts);
    long filled = parts.stream().mapToLong(Part::size).sum();
    long size = shape.stream().reduce(1L, (a, b) -> a * b);
    if (filled != size) {
      throw new IllegalArgumentException(
          "parts " + parts + " hold " + filled + " numbers, the shape " + shape + " " + size);
    }
  }

  /**
   * A tensor of the checkpoint.
   *
   * @param name its name in the safetensors file
   * @param shape its shape in the file
   * @param transposed true if the file holds the transpose of what the program takes (GPT-2's
   *     {@code Conv1D} weights)
   */
  public record Part(String name, List<Long> shape, boolean transposed) {

    /** Copies the shape. */
    public Part {
      shape = List.copyOf(shape);
      if (transposed && shape.size() != 2) {
        throw new IllegalArgumentException(name + " is transposed but has shape " + shape);
      }
    }

    /** Returns how many numbers it holds. */
    public long size() {
      return shape.stream().reduce(1L, (a, b) -> a * b);
    }
  }

  /** A slot of one tensor as it is. */
  public static Slot of(String name, long... shape) {
    List<Long> dimensions = Arrays.stream(shape).boxed().toList();
    return new Slot(dimensions, List.of(new Part(name, dimensions, false)));
  }

  /**
   * A slot of several matrices {@code [rows_i, columns]} below each other.
   *
   * @param names the tensors' names
   * @param rows their numbers of rows
   * @param columns the common number of columns, or 0 for vectors
   */
  public static Slot stacked(List<String> names, List<Long> rows, long columns) {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      List<Long> shape = columns == 0 ? List.of(rows.get(i)) : List.of(rows.get(i), columns);
      parts.add(new Part(names.get(i), shape, false));
    }
    long total = rows.stream().mapToLong(Long::longValue).sum();
    return new Slot(columns == 0 ? List.of(total) : List.of(total, columns), parts);
  }

  /**
   * A slot {@code [out, in]} that the file holds as {@code [in, out]}.
   *
   * @param name the tensor's name
   * @param out rows of the slot
   * @param in columns of the slot
   */
  public static Slot transposed(String name, long out, long in) {
    return new Slot(List.of(out, in), List.of(new Part(name, List.of(in, out), true)));
  }

  /** Returns the same with other names of its tensors. */
  public Slot renamed(UnaryOperator<String> naming) {
    return new Slot(
        shape,
        parts.stream()
            .map(part -> new Part(naming.apply(part.name()), part.shape(), part.transposed()))
            .toList());
  }

  /** Returns whether the model has this array. */
  public boolean present() {
    return !parts.isEmpty();
  }

  /** Returns how many numbers it holds. */
  public long size() {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }

  /** Returns whether it is a matrix, which weight decay applies to, rather than a vector. */
  public boolean matrix() {
    return shape.size() > 1;
  }
}
