package dev.parley.model.weights;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.parley.model.torchscript.Autograd;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Libtorch;
import dev.parley.model.torchscript.Precision;
import dev.parley.model.torchscript.Program;
import dev.parley.model.torchscript.Tensors;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The arrays of one model, all views of a single flat buffer.
 *
 * <p>In one buffer, an optimizer's step, an all-reduce of gradients or the exchange of all weights
 * is one operation. Matrices come first in it and vectors after them, since weight decay applies to
 * the former only. Gradients and optimizer moments have the same layout: see {@link #like}.
 */
public final class Weights implements AutoCloseable {

  private static final Program PROGRAM = Program.load(Weights.class, "weights.torchscript");

  /** Numbers that are moved between files and the buffer at once. */
  private static final int BLOCK = 1 << 20;

  /** Numbers that a core's cache surely holds. */
  private static final long CACHED = 1 << 18;

  private final List<Slot> slots;
  private final EngineOptions options;
  private final NDManager manager;
  private final long[] offsets;
  private final long matrixElements;
  private final NDArray flat;
  private final List<NDArray> arrays;
  private final Map<String, Range> ranges;

  /** Makes the flat buffer. */
  private interface Maker {
    NDArray make(NDManager manager, Precision precision, long... shape);
  }

  /** Where one tensor of the checkpoint lies in the flat buffer. */
  private record Range(Slot.Part part, long offset) {}

  private Weights(List<Slot> slots, EngineOptions options, Maker maker) {
    this.slots = List.copyOf(slots);
    this.options = options;
    this.manager = Libtorch.manager(options.device());
    this.offsets = new long[slots.size()];
    this.ranges = new LinkedHashMap<>();
    long position = place(true, 0);
    this.matrixElements = position;
    position = place(false, position);
    for (int i = 0; i < slots.size(); i++) {
      long offset = offsets[i];
      for (Slot.Part part : slots.get(i).parts()) {
        ranges.put(part.name(), new Range(part, offset));
        offset += part.size();
      }
    }
    this.flat = maker.make(manager, precision(), position);
    this.arrays = Autograd.off(this::views);
  }

  private long place(boolean matrices, long position) {
    long next = position;
    for (int i = 0; i < slots.size(); i++) {
      Slot slot = slots.get(i);
      if (slot.present() && slot.matrix() == matrices) {
        offsets[i] = next;
        next += slot.size();
      }
    }
    return next;
  }

  private List<NDArray> views() {
    List<NDArray> views = new ArrayList<>(slots.size());
    for (int i = 0; i < slots.size(); i++) {
      long[] shape = slots.get(i).shape().stream().mapToLong(Long::longValue).toArray();
      try (NDArray dimensions = Tensors.cpuLongs(manager, shape);
          NDArray offset = Tensors.cpuLongs(manager, offsets[i])) {
        views.add(PROGRAM.runRecorded(manager, "view", flat, offset, dimensions).get(0));
      }
    }
    return List.copyOf(views);
  }

  /**
   * Reads the tensors that the slots ask for.
   *
   * @param files the model's files
   * @param slots the arrays to make
   * @param naming which names stand for which tensors, and which may be passed over
   * @param options where and how precisely to keep them
   * @throws WeightException if a tensor is missing, wrongly shaped or unexpected; the message names
   *     it. The copy of a tied embedding that some files hold as the output head is not unexpected
   */
  public static Weights read(
      WeightFiles files, List<Slot> slots, TensorNaming naming, EngineOptions options) {
    Map<String, String> storedNames = match(files, slots, naming);
    Weights weights = unread(slots, options);
    try {
      ThreadLocal<ByteBuffer> transfer = ThreadLocal.withInitial(Weights::transfer);
      SideBySide.forEach(
          List.copyOf(weights.ranges.values()),
          range -> {
            String stored = storedNames.get(range.part().name());
            weights.read(range, files.file(stored), stored, transfer);
          });
      return weights;
    } catch (RuntimeException | OutOfMemoryError e) {
      weights.close();
      throw e;
    }
  }

  /**
   * Makes room for weights, whose numbers are any before they are read.
   *
   * @param slots the arrays to make
   * @param options where and how precisely to keep them
   */
  static Weights unread(List<Slot> slots, EngineOptions options) {
    return new Weights(slots, options, Tensors::empty);
  }

  /**
   * Reads all tensors of one file, of which each has the name of a tensor of these weights.
   *
   * @throws WeightException if one is unknown or wrongly shaped, or the file is truncated
   */
  void read(SafetensorsFile file) {
    ThreadLocal<ByteBuffer> transfer = ThreadLocal.withInitial(Weights::transfer);
    for (String name : file.names()) {
      Range range = range(name);
      check(file, name, range.part());
      read(range, file, name, transfer);
    }
  }

  /** Libtorch reads direct memory where it is, and runs on little-endian processors only. */
  private static ByteBuffer transfer() {
    return ByteBuffer.allocateDirect(BLOCK * Float.BYTES).order(ByteOrder.nativeOrder());
  }

  private void read(
      Range range, SafetensorsFile file, String stored, ThreadLocal<ByteBuffer> transfer) {
    Slot.Part part = range.part();
    if (part.transposed()) {
      assign(range.offset(), transpose(file.floats(stored), part.shape()));
      return;
    }
    StoredType type = file.entry(stored).type();
    for (long first = 0; first < part.size(); first += BLOCK) {
      int count = (int) Math.min(BLOCK, part.size() - first);
      long at = range.offset() + first;
      if (keeps(type)) {
        try (NDManager scope = manager.newSubManager()) {
          file.fill(stored, first, Tensors.memory(scope, flat, at, at + count));
        }
      } else if (type == StoredType.F32) {
        ByteBuffer block = transfer.get().clear().limit(count * Float.BYTES);
        file.fill(stored, first, block);
        assign(at, block, count);
      } else {
        assign(at, file.floats(stored, first, count));
      }
    }
  }

  /** Returns whether the buffer holds numbers as files do, in memory that a file is read into. */
  private boolean keeps(StoredType type) {
    StoredType own = precision() == Precision.FLOAT32 ? StoredType.F32 : StoredType.BF16;
    return type == own && !options.device().isGpu();
  }

  private static Map<String, String> match(
      WeightFiles files, List<Slot> slots, TensorNaming naming) {
    Set<String> unread = new TreeSet<>(files.names());
    Set<String> missing = new LinkedHashSet<>();
    Map<String, String> storedNames = new LinkedHashMap<>();
    for (Slot slot : slots) {
      for (Slot.Part part : slot.parts()) {
        String stored = naming.find(part.name(), files.names()).orElse(null);
        if (stored == null) {
          missing.add(part.name());
          continue;
        }
        check(files.file(stored), stored, part);
        storedNames.put(part.name(), stored);
        unread.remove(stored);
      }
    }
    if (!missing.isEmpty()) {
      throw new WeightException(
          files.directory() + " lacks " + count(missing) + some(missing) + "; it is incomplete");
    }
    unread.removeIf(naming::ignorable);
    if (unread.contains(naming.head())) {
      checkCopy(files, naming.head(), storedNames.get(naming.embedding()));
      unread.remove(naming.head());
    }
    if (!unread.isEmpty()) {
      throw new WeightException(
          files.directory()
              + " holds "
              + count(unread)
              + " that the architecture in config.json does not have: "
              + some(unread).strip()
              + "; config.json and weights are not of the same model");
    }
    return storedNames;
  }

  private static void check(SafetensorsFile file, String stored, Slot.Part part) {
    SafetensorsFile.Entry entry = file.entry(stored);
    if (!entry.shape().equals(part.shape())) {
      throw new WeightException(
          file.path()
              + ": tensor "
              + stored
              + " has shape "
              + entry.shape()
              + ", config.json asks for "
              + part.shape());
    }
    if (entry.type() == StoredType.I64) {
      throw new WeightException(
          file.path() + ": tensor " + stored + " is " + entry.type() + ", expected real numbers");
    }
  }

  /** Some files hold a tied head as a tensor of its own: it must say what the embedding says. */
  private static void checkCopy(WeightFiles files, String head, String embedding) {
    SafetensorsFile headFile = files.file(head);
    SafetensorsFile embeddingFile = files.file(embedding);
    long size = headFile.entry(head).size();
    boolean same = headFile.entry(head).shape().equals(embeddingFile.entry(embedding).shape());
    for (long first = 0; same && first < size; first += BLOCK) {
      int count = (int) Math.min(BLOCK, size - first);
      same =
          Arrays.equals(
              headFile.floats(head, first, count), embeddingFile.floats(embedding, first, count));
    }
    if (!same) {
      throw new WeightException(
          headFile.path()
              + ": tensor "
              + head
              + " differs from "
              + embedding
              + ", though the architecture in config.json has no head but the embedding; expected"
              + " \"tie_word_embeddings\": false there, or equal tensors here");
    }
  }

  private static String count(Collection<String> names) {
    return names.size() == 1 ? "the tensor" : names.size() + " tensors";
  }

  private static String some(Collection<String> names) {
    List<String> first = names.stream().limit(5).toList();
    return " " + String.join(", ", first) + (names.size() > 5 ? ", …" : "");
  }

  /**
   * Makes weights from random numbers: matrices from N(0, std²), norm weights neutral, the rest
   * zero.
   *
   * @param slots the arrays to make
   * @param standardDeviation of the matrices
   * @param normWeight with which a norm only normalises: one, or zero if it adds one itself
   * @param seed the same seed gives the same weights
   * @param options where and how precisely to keep them
   */
  public static Weights random(
      List<Slot> slots,
      double standardDeviation,
      float normWeight,
      long seed,
      EngineOptions options) {
    Weights weights = unread(slots, options);
    Random random = new Random(seed);
    for (Range range : weights.ranges.values()) {
      Slot.Part part = range.part();
      boolean matrix = part.shape().size() > 1;
      boolean norm = !matrix && part.name().endsWith("weight");
      for (long first = 0; first < part.size(); first += BLOCK) {
        float[] values = new float[(int) Math.min(BLOCK, part.size() - first)];
        for (int i = 0; i < values.length; i++) {
          values[i] =
              matrix ? (float) (random.nextGaussian() * standardDeviation) : norm ? normWeight : 0;
        }
        weights.assign(range.offset() + first, values);
      }
    }
    return weights;
  }

  /**
   * Makes zeros.
   *
   * @param slots the arrays to make
   * @param options where and how precisely to keep them
   */
  public static Weights zeros(List<Slot> slots, EngineOptions options) {
    return new Weights(slots, options, Tensors::zeros);
  }

  /**
   * Makes weights of other slots, taking the tensors that both have in the same shape from here.
   *
   * @param target the arrays to make
   * @param fill gives the other tensors, by their part
   * @return new weights on the same device, in the same precision
   */
  public Weights adapt(List<Slot> target, Function<Slot.Part, float[]> fill) {
    Weights adapted = unread(target, options);
    for (Range range : adapted.ranges.values()) {
      if (!holds(range.part())) {
        adapted.assign(range.offset(), fill.apply(range.part()));
        continue;
      }
      for (long first = 0; first < range.part().size(); first += BLOCK) {
        int count = (int) Math.min(BLOCK, range.part().size() - first);
        long from = ranges.get(range.part().name()).offset() + first;
        adapted.assign(range.offset() + first, floatsAt(from, count));
      }
    }
    return adapted;
  }

  /** Returns whether there is a tensor of this name and shape. */
  public boolean holds(Slot.Part part) {
    Range here = ranges.get(part.name());
    return here != null && here.part().shape().equals(part.shape());
  }

  /**
   * Makes zeros in the layout of these weights: room for gradients or optimizer moments.
   *
   * @param precision their number format
   */
  public Weights like(Precision precision) {
    return like(precision, slots);
  }

  /**
   * Makes zeros for some of these weights' slots.
   *
   * @param precision their number format
   * @param part these slots, some of them absent
   */
  public Weights like(Precision precision, List<Slot> part) {
    return new Weights(part, new EngineOptions(options.device(), precision), Tensors::zeros);
  }

  /**
   * Where numbers that lie together in a part of some weights lie in all of them.
   *
   * @param offset of the first number in the flat buffer of all
   * @param partOffset of the first number in the flat buffer of the part
   * @param size how many
   * @param matrix whether they belong to matrices, rather than vectors
   */
  public record Stretch(long offset, long partOffset, long size, boolean matrix) {}

  /**
   * Returns where the numbers of a part lie in these weights, in as few stretches as may be.
   *
   * @param part has some of these weights' slots ({@link #like(Precision, List)})
   */
  public List<Stretch> stretches(Weights part) {
    List<Stretch> stretches = new ArrayList<>();
    for (boolean matrices : new boolean[] {true, false}) {
      for (int i = 0; i < slots.size(); i++) {
        Slot slot = part.slots.get(i);
        if (!slot.present() || slot.matrix() != matrices) {
          continue;
        }
        if (!slot.equals(slots.get(i))) {
          throw new IllegalArgumentException(slot + " is no part of these weights");
        }
        Stretch here = new Stretch(offsets[i], part.offsets[i], slot.size(), matrices);
        Stretch before = stretches.isEmpty() ? null : stretches.get(stretches.size() - 1);
        if (before != null
            && before.matrix() == matrices
            && before.offset() + before.size() == here.offset()) {
          long size = before.size() + here.size();
          here = new Stretch(before.offset(), before.partOffset(), size, matrices);
          stretches.remove(stretches.size() - 1);
        }
        stretches.add(here);
      }
    }
    return List.copyOf(stretches);
  }

  /** Sets all numbers to zero, whatever they are. */
  public void clear() {
    try (NDManager scope = manager.newSubManager()) {
      PROGRAM.run(scope, "clear", flat);
    }
  }

  /**
   * Adds all numbers of arrays of the same layout to these, and sets those to zero.
   *
   * @param source arrays of the same slots and number format
   */
  public void absorb(Weights source) {
    requireSameSlots(source);
    try (NDManager scope = manager.newSubManager()) {
      PROGRAM.run(scope, "absorb", flat, source.flat, CACHED);
    }
  }

  /**
   * Overwrites all numbers with those of weights of the same layout, converting between formats.
   *
   * @param source weights of the same slots
   */
  public void copyFrom(Weights source) {
    requireSameSlots(source);
    try (NDManager scope = manager.newSubManager()) {
      assign(scope, 0, source.flat);
    }
  }

  /**
   * Puts the arrays of weights of the same layout in the place of these, without a copy.
   *
   * @param source weights of the same slots, number format and device, which have no arrays after
   *     this and are only to be closed: with them, the numbers that were here are freed
   */
  public void takeFrom(Weights source) {
    requireSameSlots(source);
    if (!source.options.equals(options)) {
      throw new IllegalArgumentException(
          "the weights are in %s, these in %s".formatted(source.options, options));
    }
    // Memory of this size takes a while to free: its last view is the source's to close.
    PROGRAM.run(source.manager, "whole", flat);
    flat.intern(source.flat);
    for (int i = 0; i < arrays.size(); i++) {
      arrays.get(i).intern(source.arrays.get(i));
    }
  }

  private void requireSameSlots(Weights source) {
    if (!source.slots.equals(slots)) {
      throw new IllegalArgumentException("these weights are not of the same model");
    }
  }

  /** Returns the slots. */
  public List<Slot> slots() {
    return slots;
  }

  /**
   * Returns one array per slot, in the slots' order: views of {@link #flat}. A slot that the model
   * does not have is an empty array.
   */
  public List<NDArray> arrays() {
    return arrays;
  }

  /** Returns the buffer {@code [parameters]} that all arrays are views of. */
  public NDArray flat() {
    return flat;
  }

  /** Returns the number of leading elements of {@link #flat} that belong to matrices. */
  public long matrixElements() {
    return matrixElements;
  }

  /** Returns the number of parameters. */
  public long parameters() {
    return flat.size();
  }

  /** Returns the number format. */
  public Precision precision() {
    return options.precision();
  }

  /** Returns the names of the checkpoint's tensors, in the order of the slots. */
  public List<String> names() {
    return List.copyOf(ranges.keySet());
  }

  /**
   * Returns one tensor of the checkpoint, in the layout of the file.
   *
   * @param name its name
   * @return its numbers in row-major order
   * @throws WeightException if there is no such tensor
   */
  public float[] floats(String name) {
    Range range = range(name);
    float[] values = floatsAt(range.offset(), Math.toIntExact(range.part().size()));
    if (!range.part().transposed()) {
      return values;
    }
    return transpose(values, reversed(range.part().shape()));
  }

  /**
   * Overwrites one tensor of the checkpoint.
   *
   * @param name its name
   * @param values its numbers in row-major order, in the layout of the file
   * @throws WeightException if there is no such tensor, or it has another size
   */
  public void setFloats(String name, float[] values) {
    Range range = range(name);
    if (values.length != range.part().size()) {
      throw new WeightException(
          name + " has " + values.length + " numbers, expected " + range.part().size());
    }
    assign(
        range.offset(),
        range.part().transposed() ? transpose(values, range.part().shape()) : values);
  }

  /**
   * Returns one matrix of the checkpoint with a product added, in the layout of the file.
   *
   * @param name its name
   * @param product what is added
   * @return the sum in row-major order, computed in single precision
   * @throws WeightException if there is no such matrix, or the product has another size
   */
  public float[] floats(String name, LowRankProduct product) {
    Range range = range(name);
    try (NDManager scope = manager.newSubManager()) {
      float[] sum = plus(scope, range, product).toDevice(Device.cpu(), false).toFloatArray();
      return range.part().transposed() ? transpose(sum, reversed(range.part().shape())) : sum;
    }
  }

  /**
   * Adds a product to one matrix of the checkpoint.
   *
   * @param name its name
   * @param product what is added
   * @throws WeightException if there is no such matrix, or the product has another size
   */
  public void add(String name, LowRankProduct product) {
    Range range = range(name);
    try (NDManager scope = manager.newSubManager()) {
      assign(scope, range.offset(), plus(scope, range, product).flatten());
    }
  }

  /** Returns the sum as the program's matrix {@code [outputs, inputs]}. */
  private NDArray plus(NDManager scope, Range range, LowRankProduct product) {
    List<Long> shape =
        range.part().transposed() ? reversed(range.part().shape()) : range.part().shape();
    long outputs = product.b().length / product.rank();
    long inputs = product.a().length / product.rank();
    if (!shape.equals(List.of(outputs, inputs))) {
      throw new WeightException(
          "%s has shape %s, a product of shape [%d, %d] cannot be added"
              .formatted(range.part().name(), shape, outputs, inputs));
    }
    NDArray b = scope.create(product.b(), new Shape(outputs, product.rank()));
    NDArray a = scope.create(product.a(), new Shape(product.rank(), inputs));
    return PROGRAM.run(scope, "plus_product", flat, range.offset(), b, a, product.scale()).get(0);
  }

  private static List<Long> reversed(List<Long> shape) {
    return List.of(shape.get(1), shape.get(0));
  }

  private Range range(String name) {
    Range range = ranges.get(name);
    if (range == null) {
      throw new WeightException(
          "there is no tensor " + name + "; there are" + some(ranges.keySet()));
    }
    return range;
  }

  /**
   * Lists the checkpoint's tensors for a safetensors file.
   *
   * @param type the number format to store them in
   */
  public List<SafetensorsWriter.Tensor> tensors(StoredType type) {
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    for (Range range : ranges.values()) {
      Slot.Part part = range.part();
      SafetensorsWriter.Source source =
          part.transposed()
              ? SafetensorsWriter.Source.ofWhole(() -> floats(part.name()))
              : (first, count) -> floatsAt(range.offset() + first, count);
      tensors.add(new SafetensorsWriter.Tensor(part.name(), type, part.shape(), source));
    }
    return tensors;
  }

  private void assign(long offset, float[] values) {
    assign(offset, FloatBuffer.wrap(values), values.length);
  }

  private void assign(long offset, Buffer values, int count) {
    try (NDManager scope = manager.newSubManager()) {
      assign(scope, offset, scope.create(values, new Shape(count), DataType.FLOAT32));
    }
  }

  private void assign(NDManager scope, long offset, NDArray source) {
    NDArray first = Tensors.cpuLongs(scope, offset);
    Autograd.off(() -> PROGRAM.runRecorded(scope, "assign", flat, first, source));
  }

  private float[] floatsAt(long offset, int count) {
    try (NDManager scope = manager.newSubManager()) {
      return PROGRAM.run(scope, "read", flat, offset, offset + count).get(0).toFloatArray();
    }
  }

  /** Turns row-major {@code [rows, columns]} into {@code [columns, rows]}. */
  private static float[] transpose(float[] values, List<Long> shape) {
    int rows = Math.toIntExact(shape.get(0));
    int columns = Math.toIntExact(shape.get(1));
    float[] transposed = new float[values.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        transposed[c * rows + r] = values[r * columns + c];
      }
    }
    return transposed;
  }

  @Override
  public void close() {
    manager.close();
  }
}
