package dev.parley.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.parley.model.adapter.Adapter;
import dev.parley.model.adapter.AdapterConfig;
import dev.parley.model.adapter.AdapterFiles;
import dev.parley.model.adapter.LoraSettings;
import dev.parley.model.decoder.Decoder;
import dev.parley.model.decoder.DecoderLayout;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.decoder.Dropout;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.Network;
import dev.parley.model.decoder.PassOptions;
import dev.parley.model.decoder.PositionScores;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.family.Families;
import dev.parley.model.family.Family;
import dev.parley.model.family.ModelConfig;
import dev.parley.model.family.ModelConfigException;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Libtorch;
import dev.parley.model.torchscript.Precision;
import dev.parley.model.weights.SafetensorsWriter;
import dev.parley.model.weights.Slot;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightException;
import dev.parley.model.weights.WeightFiles;
import dev.parley.model.weights.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A decoder with its heads and weights, read from a Hugging Face model directory or made anew.
 *
 * <p>Weights may be replaced ({@link Weights#copyFrom}, {@link Weights#takeFrom}); all else is
 * immutable. Computation is thread safe as long as nobody changes the weights meanwhile.
 */
public final class LanguageModel implements AutoCloseable {

  private final ModelConfig config;
  private final Family family;
  private final DecoderShape shape;
  private final Heads heads;
  private final EngineOptions options;
  private final SharedWeights weights;
  private final Network frozen;
  private final Optional<Adapter> adapter;
  private final Network network;
  private final Decoder decoder;
  private final NDManager manager;
  private final AtomicBoolean closed = new AtomicBoolean();

  private LanguageModel(ModelConfig config, Heads heads, EngineOptions options, Weights weights) {
    this(config, heads, options, new SharedWeights(weights), Optional.empty());
  }

  /**
   * Puts a model together.
   *
   * @param frozenHeads what stands on the weights without the adapter
   * @param weights which this model is one reader of
   */
  private LanguageModel(
      ModelConfig config,
      Heads frozenHeads,
      EngineOptions options,
      SharedWeights weights,
      Optional<Adapter> adapter) {
    this.config = config;
    this.family = Families.of(config);
    this.shape = family.shape(config);
    this.heads = adapter.map(Adapter::heads).orElse(frozenHeads);
    this.options = options;
    this.weights = weights;
    this.frozen = Network.of(shape, frozenHeads, weights.weights);
    this.adapter = adapter;
    this.network =
        adapter
            .map(own -> frozen.adapted(own.heads(), own.weights(), own.settings().scale()))
            .orElse(frozen);
    this.decoder = new Decoder(shape, options);
    this.manager = Libtorch.manager(options.device());
  }

  /** Weights that several models may read; the last of these to be closed frees them. */
  private static final class SharedWeights {

    private final Weights weights;
    private int readers = 1;

    SharedWeights(Weights weights) {
      this.weights = weights;
    }

    synchronized SharedWeights shared() {
      readers++;
      return this;
    }

    synchronized void release() {
      readers--;
      if (readers == 0) {
        weights.close();
      }
    }
  }

  /**
   * Reads a model directory. Its architecture decides the head: {@code *ForCausalLM} predicts
   * tokens, {@code *ForSequenceClassification} with one label gives a number. An adapter is merged
   * into the base that it names.
   *
   * @param directory holds config.json and safetensors files, or an adapter
   * @param options where and how precisely to compute
   * @throws ModelConfigException if the architecture is unknown or has an unsupported feature
   * @throws dev.parley.model.weights.WeightException if a tensor is missing, wrongly shaped or
   *     unexpected, or a file is truncated
   */
  public static LanguageModel open(Path directory, EngineOptions options) {
    return open(ModelDirectory.of(directory), options);
  }

  /**
   * Reads a model; an adapter is merged into its base.
   *
   * @param directory where it lies
   * @param options where and how precisely to compute
   * @throws ModelConfigException if the architecture is unknown or has an unsupported feature
   * @throws dev.parley.model.weights.WeightException if a tensor is missing, wrongly shaped or
   *     unexpected, a file is truncated, or an adapter belongs to another base
   */
  public static LanguageModel open(ModelDirectory directory, EngineOptions options) {
    directory.checkBase();
    LanguageModel base = openBase(directory.base(), options);
    if (directory.adapter().isEmpty()) {
      return base;
    }
    AdapterConfig adapter = directory.adapter().get();
    if (adapter.task() == AdapterConfig.Task.CAUSAL_LM && !base.heads.language()) {
      String architecture = base.architecture();
      base.close();
      throw new ModelConfigException(
          adapter.origin()
              + ": \"task_type\" is CAUSAL_LM, but the base is a "
              + architecture
              + ", which predicts no tokens");
    }
    boolean newHead = adapter.task() == AdapterConfig.Task.SEQ_CLS && base.heads.language();
    LanguageModel merged = newHead ? base.underScoreHead(directory.path()) : base;
    try {
      List<String> brought = newHead ? Heads.Scalar.SCORE.names() : List.of();
      AdapterFiles.merge(directory.path(), adapter, merged.weights(), brought);
      return merged;
    } catch (RuntimeException e) {
      merged.close();
      throw e;
    }
  }

  /** Returns the same trunk under the score head of an adapter, unfilled, and closes this. */
  private LanguageModel underScoreHead(Path adapter) {
    try (LanguageModel old = this) {
      return old.withHeads(Heads.scores(AdapterFiles.outputs(adapter)), 0);
    }
  }

  /**
   * Reads a model's directory but for its weights, which are there already.
   *
   * @param directory holds config.json
   * @param weights of the layout that config.json asks for, which the model owns from now on
   * @param options where and how precisely the weights are kept
   * @throws ModelConfigException if the architecture is unknown or has an unsupported feature
   * @throws dev.parley.model.weights.WeightException if config.json asks for other weights
   */
  public static LanguageModel of(Path directory, Weights weights, EngineOptions options) {
    ModelConfig config = ModelConfig.read(directory);
    Family family = Families.of(config);
    Heads heads = heads(config, family);
    if (!slots(config, family, heads).equals(weights.slots())) {
      throw new WeightException(config.origin() + " asks for other tensors than those given");
    }
    return new LanguageModel(config, heads, options, weights);
  }

  private static LanguageModel openBase(Path directory, EngineOptions options) {
    ModelConfig config = ModelConfig.read(directory);
    Family family = Families.of(config);
    Heads heads = heads(config, family);
    try (WeightFiles files = WeightFiles.open(directory)) {
      List<Slot> slots = slots(config, family, heads);
      Weights weights = Weights.read(files, slots, family.naming(), options);
      return new LanguageModel(config, heads, options, weights);
    }
  }

  private static List<Slot> slots(ModelConfig config, Family family, Heads heads) {
    DecoderShape shape = family.shape(config);
    return heads.slots(family.layout(config, shape), shape);
  }

  /**
   * Makes a model with random weights: matrices from N(0, {@code initializer_range}²).
   *
   * @param config what config.json is to say
   * @param seed the same seed gives the same weights
   * @param options where and how precisely to compute
   * @throws ModelConfigException if the architecture is unknown or has an unsupported feature
   */
  public static LanguageModel create(ModelConfig config, long seed, EngineOptions options) {
    Family family = Families.of(config);
    Heads heads = heads(config, family);
    DecoderShape shape = family.shape(config);
    double deviation = config.number("initializer_range", 0.02);
    Weights weights =
        Weights.random(
            slots(config, family, heads), deviation, shape.norm().neutralWeight(), seed, options);
    return new LanguageModel(config, heads, options, weights);
  }

  private static Heads heads(ModelConfig config, Family family) {
    String architecture = config.architecture();
    if (architecture.equals(family.languageArchitecture())) {
      return Heads.LANGUAGE;
    }
    if (architecture.equals(family.scalarArchitecture())) {
      return Heads.scores(labels(config));
    }
    throw new ModelConfigException(
        config.origin()
            + ": \"architectures\" is [\""
            + architecture
            + "\"], which Parley does not know for model_type \""
            + family.modelType()
            + "\"; expected "
            + family.languageArchitecture()
            + " or "
            + family.scalarArchitecture());
  }

  /** transformers writes the number of labels as the size of a table. */
  private static int labels(ModelConfig config) {
    if (config.has("num_labels")) {
      return config.positive("num_labels");
    }
    int labels = config.object("id2label").json().size();
    config.require("id2label", labels > 0, "a label for each number that the model gives");
    return labels;
  }

  /**
   * Makes a model with the same trunk and other heads. A scalar head that is not there yet, or
   * gives fewer or more numbers, starts from N(0, 1/(D+1)²), its bias from zero.
   *
   * @param newHeads the heads to have
   * @param seed of the new head
   * @return a model that shares nothing with this one
   */
  public LanguageModel withHeads(Heads newHeads, long seed) {
    DecoderLayout layout = family.layout(config, shape);
    requirePlain("other heads");
    Random random = new Random(seed);
    Weights adapted =
        weights().adapt(newHeads.slots(layout, shape), part -> newScalarHead(part, random));
    return new LanguageModel(config, newHeads, options, adapted);
  }

  private float[] newScalarHead(Slot.Part part, Random random) {
    float[] values = new float[Math.toIntExact(part.size())];
    if (part.shape().size() > 1) {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (random.nextGaussian() / (shape.hidden() + 1));
      }
    }
    return values;
  }

  /**
   * Makes a model in which an adapter learns beside these weights, which it reads and never
   * changes. A scalar head learns with the adapter: it starts as this model's, or as {@link
   * #withHeads} makes it.
   *
   * @param settings how to adapt
   * @param newHeads the heads to have
   * @param seed of the adapter and of a new head
   * @return a model that shares its weights with this one, which may be closed before it
   * @throws IllegalArgumentException if a target is no projection of this model, or this model
   *     predicts no tokens and the new one is to
   */
  public LanguageModel adapted(LoraSettings settings, Heads newHeads, long seed) {
    requirePlain("an adapter");
    if (newHeads.language() && !heads.language()) {
      throw new IllegalArgumentException(architecture() + " predicts no tokens");
    }
    DecoderLayout layout = family.layout(config, shape);
    Adapter made = Adapter.create(settings, layout, shape, newHeads, seed, options);
    Random random = new Random(seed);
    for (Slot slot : newHeads.scalarSlots(shape)) {
      for (Slot.Part part : slot.parts()) {
        made.setScalarHead(
            part.name(),
            weights().holds(part) ? weights().floats(part.name()) : newScalarHead(part, random));
      }
    }
    return new LanguageModel(config, heads, options, weights.shared(), Optional.of(made));
  }

  /**
   * Overwrites a tensor of the scalar head.
   *
   * @param name its name in the model's checkpoint
   * @param values its numbers
   */
  public void setScalarHead(String name, float[] values) {
    if (adapter.isPresent()) {
      adapter.get().setScalarHead(name, values);
    } else {
      weights().setFloats(name, values);
    }
  }

  private void requirePlain(String what) {
    if (adapter.isPresent()) {
      throw new IllegalStateException("a model with an adapter cannot be given " + what);
    }
  }

  /**
   * Returns another model on the same weights, which either of them may be closed before.
   *
   * @return a model like this one; weights that are replaced in one are in both
   */
  public LanguageModel shared() {
    requirePlain("a twin");
    return new LanguageModel(config, heads, options, weights.shared(), Optional.empty());
  }

  /** Makes a copy with weights of its own. */
  public LanguageModel copy() {
    return copy(options.precision());
  }

  /**
   * Makes a copy with weights of its own, which computes in another number format.
   *
   * @param precision the format; weights are rounded to it
   */
  public LanguageModel copy(Precision precision) {
    requirePlain("a copy");
    Weights copied = weights().like(precision);
    copied.copyFrom(weights());
    return new LanguageModel(config, heads, new EngineOptions(options.device(), precision), copied);
  }

  /** Returns the decoder's shape. */
  public DecoderShape shape() {
    return shape;
  }

  /** Returns what stands on top of the decoder. */
  public Heads heads() {
    return heads;
  }

  /** Returns the weights; of a model with an adapter, the frozen ones. */
  public Weights weights() {
    return weights.weights;
  }

  /** Returns the adapter that learns beside the weights, if the model has one. */
  public Optional<Adapter> adapter() {
    return adapter;
  }

  /** Returns what learns: the weights or, in a model with an adapter, the adapter's. */
  public Weights learning() {
    return adapter.map(Adapter::weights).orElseGet(this::weights);
  }

  /** Returns the arrays in their roles. */
  public Network network() {
    return network;
  }

  /**
   * Lists the tensors of the model's checkpoint for a safetensors file, an adapter merged into
   * them.
   *
   * @param type the number format to store them in
   */
  public List<SafetensorsWriter.Tensor> tensors(StoredType type) {
    List<Slot> slots = slots(config, family, heads);
    return adapter
        .map(present -> present.mergedTensors(weights(), slots, type))
        .orElseGet(() -> weights().tensors(type));
  }

  /** Returns the decoder that runs them. */
  public Decoder decoder() {
    return decoder;
  }

  /** Returns where and how precisely it computes. */
  public EngineOptions options() {
    return options;
  }

  /** Returns the architecture as config.json names it, for the heads that this model has. */
  public String architecture() {
    return heads.language() ? family.languageArchitecture() : family.scalarArchitecture();
  }

  /**
   * Returns config.json for the heads and number format that this model has.
   *
   * @param type the number format that the weights are stored in
   */
  public ModelConfig config(StoredType type) {
    JsonObject fields = new JsonObject();
    JsonArray architectures = new JsonArray();
    architectures.add(architecture());
    fields.add("architectures", architectures);
    // Both spellings of transformers 4 and 5; a config has the one that it came with.
    fields.addProperty(config.has("dtype") ? "dtype" : "torch_dtype", type.torchName());
    if (!heads.language()) {
      JsonObject toLabel = new JsonObject();
      JsonObject toId = new JsonObject();
      for (int output = 0; output < heads.outputs(); output++) {
        toLabel.addProperty(Integer.toString(output), "LABEL_" + output);
        toId.addProperty("LABEL_" + output, output);
      }
      fields.add("id2label", toLabel);
      fields.add("label2id", toId);
      if (config.has("num_labels")) {
        fields.addProperty("num_labels", heads.outputs());
      }
    }
    return config.with(fields);
  }

  /**
   * Computes what the heads say at chosen positions.
   *
   * @param batch N tokens
   * @param positions M indices among the N tokens
   * @param temperatures M divisors of the logits, or empty for 1 everywhere
   */
  public PositionScores scores(TokenBatch batch, int[] positions, float[] temperatures) {
    return PositionScores.of(manager, decoder, network, batch, positions, temperatures);
  }

  /**
   * Computes what the frozen weights say without the adapter, as {@link #scores} does with it.
   *
   * @param batch N tokens
   * @param positions M indices among the N tokens
   * @param temperatures M divisors of the logits, or empty for 1 everywhere
   */
  public PositionScores scoresWithoutAdapter(
      TokenBatch batch, int[] positions, float[] temperatures) {
    return PositionScores.of(manager, decoder, frozen, batch, positions, temperatures);
  }

  /**
   * Computes the scalar head's K numbers at chosen positions, whatever other head there is.
   *
   * @param batch N tokens
   * @param positions M indices among the N tokens
   * @return {@code [M·K]}
   */
  public float[] scalars(TokenBatch batch, int[] positions) {
    return PositionScores.of(
            manager, decoder, network.withoutLanguage(), batch, positions, new float[0])
        .scalars();
  }

  /**
   * Computes the log-probability of every token but the first of each row.
   *
   * @param batch B rows
   * @param temperature divides the logits
   * @return for each row log p(token t | tokens before t) for t = 1, 2, …, in nats
   */
  public List<float[]> logProbs(TokenBatch batch, double temperature) {
    int[] positions = new int[batch.size() - batch.rows()];
    int next = 0;
    int[] starts = batch.starts();
    for (int row = 0; row < batch.rows(); row++) {
      for (int t = 0; t < batch.lengths()[row] - 1; t++) {
        positions[next++] = starts[row] + t;
      }
    }
    float[] temperatures = {};
    if (temperature != 1) {
      temperatures = new float[positions.length];
      Arrays.fill(temperatures, (float) temperature);
    }
    float[] all =
        positions.length == 0 ? new float[0] : scores(batch, positions, temperatures).logProbs();
    List<float[]> rows = new ArrayList<>();
    int from = 0;
    for (int length : batch.lengths()) {
      rows.add(Arrays.copyOfRange(all, from, from + length - 1));
      from += length - 1;
    }
    return rows;
  }

  /**
   * Computes the scalar head's K numbers at the last token of each row: the reward of a sequence.
   *
   * @param batch B rows
   * @return {@code [B·K]}
   */
  public float[] finalScalars(TokenBatch batch) {
    return scores(batch, batch.lastPositions(), new float[0]).scalars();
  }

  /**
   * Computes the logits of all next tokens. Large: for tests and for looking at small batches.
   *
   * @param batch N tokens
   * @return {@code [N, V]}
   */
  public float[][] logits(TokenBatch batch) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray hidden = decoder.hidden(scope, batch, batch.allPositions(), network);
      float[] flat = decoder.logits(scope, hidden, network).toFloatArray();
      float[][] rows = new float[batch.size()][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Arrays.copyOfRange(flat, i * shape.vocabulary(), (i + 1) * shape.vocabulary());
      }
      return rows;
    }
  }

  /**
   * Returns zeros in the layout of what learns, in single precision: the buffers that {@link
   * ForwardPass#backward} adds to.
   */
  public Weights gradientBuffers() {
    return gradientBuffers(0);
  }

  /**
   * Returns zeros in the layout of what learns if the lower layers are frozen, in single precision.
   *
   * @param frozenLayers as in {@link PassOptions}
   * @throws IllegalArgumentException if the model has fewer layers
   */
  public Weights gradientBuffers(int frozenLayers) {
    return learning().like(Precision.FLOAT32, learningSlots(frozenLayers));
  }

  /**
   * Returns how many parameters learn if the lower layers are frozen.
   *
   * @param frozenLayers as in {@link PassOptions}
   * @throws IllegalArgumentException if the model has fewer layers
   */
  public long learningParameters(int frozenLayers) {
    return learningSlots(frozenLayers).stream().mapToLong(Slot::size).sum();
  }

  private List<Slot> learningSlots(int frozenLayers) {
    if (frozenLayers > shape.layers()) {
      throw new IllegalArgumentException(
          frozenLayers + " layers are to be frozen, the model has " + shape.layers());
    }
    return adapter
        .map(present -> present.learning(frozenLayers))
        .orElseGet(() -> DecoderLayout.learning(weights().slots(), frozenLayers));
  }

  /** As {@link #forward(TokenBatch, int[], float[], PassOptions)}, where everything learns. */
  public ForwardPass forward(TokenBatch batch, int[] positions, float[] temperatures) {
    return forward(batch, positions, temperatures, PassOptions.PLAIN);
  }

  /**
   * Runs a forward pass whose gradient is wanted; see {@link #gradientBuffers}.
   *
   * @param batch N tokens
   * @param positions M indices among the N tokens. At each, the language head is asked for the
   *     token that follows, and the scalar head for its number
   * @param temperatures M divisors of the logits, or empty for 1 everywhere
   * @param options what is kept, and how far back gradients go
   */
  public ForwardPass forward(
      TokenBatch batch, int[] positions, float[] temperatures, PassOptions options) {
    return forward(batch, positions, temperatures, options, Dropout.NONE);
  }

  /**
   * As {@link #forward(TokenBatch, int[], float[], PassOptions)}, with the dropout that the
   * adapter's settings ask for, if there is one.
   *
   * @param noise with the adapter's seed, decides what is dropped: the same numbers for the same
   *     noise
   */
  public ForwardPass forward(
      TokenBatch batch, int[] positions, float[] temperatures, PassOptions options, long noise) {
    Dropout dropout = adapter.map(present -> present.dropout(noise)).orElse(Dropout.NONE);
    return forward(batch, positions, temperatures, options, dropout);
  }

  private ForwardPass forward(
      TokenBatch batch,
      int[] positions,
      float[] temperatures,
      PassOptions options,
      Dropout dropout) {
    int withoutAdapter = adapter.map(Adapter::lowestLayer).orElse(0);
    PassOptions here = options.atLeastFrozen(withoutAdapter);
    return new ForwardPass(
        manager, decoder, network, batch, positions, temperatures, here, dropout);
  }

  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    adapter.ifPresent(Adapter::close);
    weights.release();
    decoder.close();
    manager.close();
  }
}
