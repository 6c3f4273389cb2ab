package dev.parley.model.adapter;

import dev.parley.model.decoder.AdapterArrays;
import dev.parley.model.decoder.DecoderLayout;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.decoder.Dropout;
import dev.parley.model.decoder.Heads;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Precision;
import dev.parley.model.weights.LowRankProduct;
import dev.parley.model.weights.SafetensorsWriter;
import dev.parley.model.weights.Slot;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.Weights;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * An adapter that learns: A and B of each chosen projection, and the scalar head if the model has
 * one. Its tensors have PEFT's names.
 */
public final class Adapter implements AutoCloseable {

  private final LoraSettings settings;
  private final long seed;
  private final Heads heads;
  private final List<String> targets;
  private final Map<String, Projection> byTensor = new LinkedHashMap<>();
  private final Weights weights;

  private Adapter(
      LoraSettings settings,
      long seed,
      Heads heads,
      List<Projection> all,
      List<Projection> chosen,
      Weights weights) {
    this.settings = settings;
    this.seed = seed;
    this.heads = heads;
    this.targets = Projection.names(chosen, all);
    this.weights = weights;
    chosen.forEach(projection -> byTensor.put(projection.weight().name(), projection));
  }

  /**
   * Makes an adapter that changes nothing yet: A from U(−1/√inputs, 1/√inputs), as PEFT draws it, B
   * and the scalar head zero.
   *
   * @param settings how to adapt
   * @param layout of the frozen decoder
   * @param shape of the frozen decoder
   * @param heads of the adapted model; the scalar head learns with the adapter
   * @param seed the same seed gives the same adapter
   * @param options where to compute; an adapter is always in single precision
   * @throws IllegalArgumentException if a target is no projection of the decoder, and the message
   *     lists them, or is in frozen layers alone
   */
  public static Adapter create(
      LoraSettings settings,
      DecoderLayout layout,
      DecoderShape shape,
      Heads heads,
      long seed,
      EngineOptions options) {
    List<Projection> all = Projection.all(layout);
    List<Projection> chosen =
        Projection.pick(all, settings.targets()).stream()
            .filter(projection -> projection.layer() >= settings.frozenLayers())
            .toList();
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "%d of the model's %d layers are to be frozen, and the others have no projection %s"
              .formatted(
                  settings.frozenLayers(),
                  shape.layers(),
                  String.join(" or ", settings.targets())));
    }
    Weights weights =
        Weights.zeros(
            slots(settings, chosen, shape, heads),
            new EngineOptions(options.device(), Precision.FLOAT32));
    Random random = new Random(seed);
    for (Projection projection : chosen) {
      float[] a = new float[Math.toIntExact(settings.rank() * projection.inputs())];
      double bound = 1 / Math.sqrt(projection.inputs());
      for (int i = 0; i < a.length; i++) {
        a[i] = (float) (bound * (2 * random.nextDouble() - 1));
      }
      weights.setFloats(AdapterNames.a(projection.module()), a);
    }
    return new Adapter(settings, seed, heads, all, chosen, weights);
  }

  private static List<Slot> slots(
      LoraSettings settings, List<Projection> chosen, DecoderShape shape, Heads heads) {
    List<Slot> slots =
        new ArrayList<>(Collections.nCopies(shape.layers() * AdapterArrays.PER_LAYER, Slot.ABSENT));
    long rank = settings.rank();
    for (int layer = 0; layer < shape.layers(); layer++) {
      for (int stack : Projection.STACKS) {
        List<String> names = new ArrayList<>();
        long inputs = 0;
        for (Projection projection : chosen) {
          if (projection.layer() == layer && projection.stack() == stack) {
            names.add(AdapterNames.a(projection.module()));
            inputs = projection.inputs();
            slots.set(
                layer * AdapterArrays.PER_LAYER + projection.place(),
                Slot.of(AdapterNames.b(projection.module()), projection.outputs(), rank));
          }
        }
        if (!names.isEmpty()) {
          slots.set(
              layer * AdapterArrays.PER_LAYER + stack,
              Slot.stacked(names, Collections.nCopies(names.size(), rank), inputs));
        }
      }
    }
    heads.scalarSlots(shape).forEach(slot -> slots.add(slot.renamed(AdapterNames::whole)));
    return slots;
  }

  /** Returns what is dropped of the adapter's inputs in a pass: the same for the same noise. */
  public Dropout dropout(long noise) {
    long mixed = new SplittableRandom(seed).nextLong() ^ noise;
    return new Dropout(settings.dropout(), mixed);
  }

  /** Returns how it was made. */
  public LoraSettings settings() {
    return settings;
  }

  /**
   * Returns all that learns: the arrays of {@link AdapterArrays}, then weight and bias of the
   * scalar head.
   */
  public Weights weights() {
    return weights;
  }

  /** Returns the lowest layer with an adapter: no gradient is wanted below. */
  public int lowestLayer() {
    return byTensor.values().stream().mapToInt(Projection::layer).min().orElseThrow();
  }

  /**
   * Returns which slots of the {@link #weights} learn if the lower layers do not.
   *
   * @param frozenLayers how many layers do not learn
   * @return the same slots, absent where nothing is learnt
   */
  public List<Slot> learning(int frozenLayers) {
    List<Slot> learning = new ArrayList<>(weights.slots());
    learning.subList(0, frozenLayers * AdapterArrays.PER_LAYER).replaceAll(slot -> Slot.ABSENT);
    return List.copyOf(learning);
  }

  /** Returns names that mean the adapted projections and no others, as short as may be. */
  public List<String> targets() {
    return targets;
  }

  /** Returns whether the base's checkpoint holds the adapted matrices as {@code [in, out]}. */
  boolean transposed() {
    return byTensor.values().stream().anyMatch(projection -> projection.weight().transposed());
  }

  /** Returns the tensors of PEFT's file: all but a value head beside a language head. */
  List<String> fileTensors() {
    List<String> names = new ArrayList<>(weights.names());
    if (heads.language()) {
      heads
          .scalar()
          .ifPresent(head -> head.names().forEach(name -> names.remove(AdapterNames.whole(name))));
    }
    return names;
  }

  /**
   * Returns what the adapter adds to a tensor of the frozen model.
   *
   * @param tensor its name in the model's checkpoint
   */
  public Optional<LowRankProduct> product(String tensor) {
    return Optional.ofNullable(byTensor.get(tensor))
        .map(
            projection ->
                new LowRankProduct(
                    weights.floats(AdapterNames.b(projection.module())),
                    weights.floats(AdapterNames.a(projection.module())),
                    settings.rank(),
                    settings.scale()));
  }

  /**
   * Lists the tensors of the adapted model as one that needs no adapter.
   *
   * @param frozen the weights that are adapted
   * @param slots of the adapted model
   * @param type the number format to store them in
   */
  public List<SafetensorsWriter.Tensor> mergedTensors(
      Weights frozen, List<Slot> slots, StoredType type) {
    Map<String, SafetensorsWriter.Tensor> asTheyAre = new HashMap<>();
    frozen.tensors(type).forEach(tensor -> asTheyAre.put(tensor.name(), tensor));
    List<String> scalarHead = heads.scalar().map(Heads.Scalar::names).orElse(List.of());
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    for (Slot slot : slots) {
      for (Slot.Part part : slot.parts()) {
        String name = part.name();
        if (scalarHead.contains(name)) {
          tensors.add(whole(part, type, () -> scalarHead(name)));
        } else if (byTensor.containsKey(name)) {
          tensors.add(whole(part, type, () -> frozen.floats(name, product(name).orElseThrow())));
        } else {
          tensors.add(asTheyAre.get(name));
        }
      }
    }
    return tensors;
  }

  private static SafetensorsWriter.Tensor whole(
      Slot.Part part, StoredType type, Supplier<float[]> numbers) {
    return new SafetensorsWriter.Tensor(
        part.name(), type, part.shape(), SafetensorsWriter.Source.ofWhole(numbers));
  }

  /** Returns a tensor of the scalar head, by the name that it has in a model's checkpoint. */
  public float[] scalarHead(String tensor) {
    return weights.floats(AdapterNames.whole(tensor));
  }

  /** Overwrites a tensor of the scalar head. */
  public void setScalarHead(String tensor, float[] values) {
    weights.setFloats(AdapterNames.whole(tensor), values);
  }

  /** Returns the heads of the adapted model. */
  public Heads heads() {
    return heads;
  }

  @Override
  public void close() {
    weights.close();
  }
}
