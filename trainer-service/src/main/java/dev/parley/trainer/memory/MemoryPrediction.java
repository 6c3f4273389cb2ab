package dev.parley.trainer.memory;

import dev.parley.model.decoder.DecoderLayout;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.PassMemory;
import dev.parley.model.decoder.PassOptions;
import dev.parley.model.family.Families;
import dev.parley.model.family.Family;
import dev.parley.model.family.ModelConfig;
import dev.parley.model.torchscript.Precision;
import dev.parley.model.weights.Slot;
import dev.parley.trainer.experience.LearningSequence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/**
 * The most memory that training needs at a time, predicted from shapes, settings and lengths before
 * anything is loaded. {@code docs/memory.md} holds it against what processes took.
 *
 * @param models all that learn in this process
 * @param engine how passes are run
 * @param steps the largest optimizer steps, one or several kinds
 * @param device whether it is a GPU's memory that is asked for, where the process itself is not
 */
public record MemoryPrediction(List<Model> models, Engine engine, List<Step> steps, Device device) {

  /** Java, its heap and libtorch, before there is a model; measured. */
  private static final long PROCESS = 300_000_000;

  /**
   * What glibc's allocator holds between and behind arrays, of the bytes that come and go with a
   * layer: measured. With {@code MALLOC_MMAP_THRESHOLD_=1000000} there is next to nothing, but each
   * array then begins as pages that the kernel has to clear.
   */
  private static final double GAPS_PER_LAYER = 1.1;

  /** The same, of the bytes of a chunk of logits. */
  private static final double GAPS_PER_CHUNK = 6;

  /** CUDA's context and the libraries' work spaces. */
  private static final long CONTEXT = 700L << 20;

  /** Of an adapter that is proposed. */
  private static final int USUAL_RANK = 16;

  private static final double MEGA = 1e6;

  /** Where the arrays are. */
  public enum Device {
    /** In the process. */
    CPU,
    /** On a GPU. */
    GPU
  }

  /**
   * A model that learns.
   *
   * @param shape of its decoder
   * @param heads on top
   * @param slots of its weights
   * @param rank of the adapter through which it learns; 0 if it learns as a whole
   */
  public record Model(DecoderShape shape, Heads heads, List<Slot> slots, int rank) {

    /**
     * Reads a model's size off its config.json.
     *
     * @param directory of the model
     * @param heads that it will have
     */
    public static Model read(Path directory, Heads heads) {
      return of(ModelConfig.read(directory), heads);
    }

    /** As {@link #read}, from what config.json says. */
    public static Model of(ModelConfig config, Heads heads) {
      Family family = Families.of(config);
      DecoderShape shape = family.shape(config);
      return new Model(shape, heads, heads.slots(family.layout(config, shape), shape), 0);
    }

    /**
     * Returns the same model, learning through an adapter.
     *
     * @param newRank of the adapter; 0 for none
     */
    public Model adapted(int newRank) {
      return new Model(shape, heads, slots, newRank);
    }

    long parameters() {
      return numbers(slots);
    }

    /**
     * Returns how many parameters learn if the lower layers are frozen; of an adapter, as many as
     * if all projections were adapted.
     */
    public long learning(int frozenLayers) {
      if (rank > 0) {
        return DecoderLayout.learning(slots, frozenLayers).stream()
            .filter(slot -> slot.shape().size() == 2 && slot.shape().get(0) != shape.vocabulary())
            .mapToLong(slot -> rank * (slot.shape().get(0) + slot.shape().get(1)))
            .sum();
      }
      return numbers(DecoderLayout.learning(slots, frozenLayers));
    }

    /** Returns the bytes of the weights: beside an adapter they stand still, in one precision. */
    private long bytes(Precision precision) {
      return parameters() * (rank > 0 ? precision.bytes() : Float.BYTES);
    }

    private static long numbers(List<Slot> slots) {
      return slots.stream().mapToLong(Slot::size).sum();
    }
  }

  /**
   * How passes are run.
   *
   * @param workers passes side by side
   * @param tokens most tokens of all of them together
   * @param pass what passes keep
   * @param precision of weights and activations
   */
  public record Engine(int workers, int tokens, PassOptions pass, Precision precision) {

    private Engine ofWorkers(int other) {
      return new Engine(other, tokens, pass, precision);
    }

    private Engine ofTokens(int other) {
      return new Engine(workers, Math.max(1, other), pass, precision);
    }

    private Engine of(PassOptions other) {
      return new Engine(workers, tokens, other, precision);
    }

    private Engine of(Precision other) {
      return new Engine(workers, tokens, pass, other);
    }
  }

  /**
   * What an optimizer step learns from.
   *
   * @param tokens of all its rows
   * @param chosen of these, at which the heads are asked
   * @param row tokens of the longest row, which is never cut in two
   * @param longest tokens of the longest sequence; less than the row if that is a pair
   * @param allModels whether passes of all models may be open at a time, rather than one after
   *     another
   */
  public record Step(long tokens, long chosen, long row, long longest, boolean allModels) {

    /**
     * The largest step over some sequences.
     *
     * @param sequences all that are learnt from
     * @param batch how many make a step
     */
    public static Step largest(List<LearningSequence> sequences, int batch) {
      List<LearningSequence> longest =
          sequences.stream()
              .sorted(Comparator.comparingInt(sequence -> -sequence.tokens().length))
              .limit(batch)
              .toList();
      long tokens = longest.stream().mapToLong(sequence -> sequence.tokens().length).sum();
      long learnt = longest.stream().mapToLong(LearningSequence::count).sum();
      long row = longest.get(0).tokens().length;
      return new Step(tokens, learnt, row, row, false);
    }
  }

  /** What a share of the memory is for. */
  public record Part(String name, long bytes) {}

  /** Copies the lists. */
  public MemoryPrediction {
    models = List.copyOf(models);
    steps = List.copyOf(steps);
  }

  /** Returns what the memory is for; the parts add up. */
  public List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    parts.add(device == Device.CPU ? new Part("process", PROCESS) : new Part("CUDA", CONTEXT));
    parts.add(new Part("weights", sum(model -> model.bytes(engine.precision))));
    if (engine.precision != Precision.FLOAT32) {
      long rounded =
          sum(model -> model.rank > 0 ? 0 : model.parameters()) * engine.precision.bytes();
      parts.add(new Part("weights in " + engine.precision, rounded));
    }
    long learning = sum(model -> model.learning(engine.pass.frozenLayers())) * Float.BYTES;
    parts.add(new Part("gradients, " + engine.workers + " times", learning * engine.workers));
    parts.add(new Part("moments", 2 * learning));
    Passes largest = largestPasses();
    parts.add(new Part("kept by passes", largest.kept));
    parts.add(new Part("passes' working memory", largest.working));
    if (device == Device.CPU) {
      parts.add(new Part("allocator's gaps", largest.gaps));
    }
    return parts;
  }

  private long sum(ToLongFunction<Model> size) {
    return models.stream().mapToLong(size).sum();
  }

  /** Returns how many bytes are needed. */
  public long bytes() {
    return parts().stream().mapToLong(Part::bytes).sum();
  }

  /** Bytes of all workers' passes that are under way together. */
  private record Passes(long kept, long working, long gaps) {

    static final Passes NONE = new Passes(0, 0, 0);

    static Passes of(PassMemory pass, PassMemory.Size size, int workers) {
      double gaps = GAPS_PER_LAYER * pass.layer(size) + GAPS_PER_CHUNK * pass.chunk(size);
      return new Passes(
          workers * pass.kept(size), workers * pass.working(size), (long) (workers * gaps));
    }

    long total() {
      return kept + working + gaps;
    }

    Passes larger(Passes other) {
      return other.total() > total() ? other : this;
    }
  }

  private Passes largestPasses() {
    Passes largest = Passes.NONE;
    for (Step step : steps) {
      PassMemory.Size size = micro(step);
      long kept = 0;
      Passes alone = Passes.NONE;
      for (Model model : models) {
        PassMemory pass =
            new PassMemory(model.shape, model.heads, model.slots, engine.pass, engine.precision);
        Passes one = Passes.of(pass, size, engine.workers);
        alone = alone.larger(one);
        kept += one.kept;
      }
      largest =
          largest.larger(step.allModels ? new Passes(kept, alone.working, alone.gaps) : alone);
    }
    return largest;
  }

  /** The largest micro-batch of a worker. */
  private PassMemory.Size micro(Step step) {
    long budget = Math.max(step.row, engine.tokens / engine.workers);
    long share = (step.tokens + engine.workers - 1) / engine.workers;
    // Rows are not cut, so a share may have a part of a row more.
    long tokens = Math.min(Math.min(budget, share + step.row / 2), step.tokens);
    long chosen = (step.chosen * tokens + step.tokens - 1) / step.tokens;
    return new PassMemory.Size(tokens, chosen, step.longest);
  }

  /** A setting that needs less memory, and how much then. */
  public record Saving(String setting, long bytes) {}

  /** Returns what would need less memory, one setting at a time, the greatest saving first. */
  public List<Saving> savings() {
    List<Saving> savings = new ArrayList<>();
    int frozen = models.get(0).shape.layers() / 2;
    PassOptions pass = engine.pass;
    add(
        savings,
        "engine.micro-batch-tokens=" + engine.tokens / 4,
        engine.ofTokens(engine.tokens / 4));
    add(savings, "engine.recompute=true", engine.of(new PassOptions(pass.frozenLayers(), true)));
    add(savings, "engine.workers=1", engine.ofWorkers(1));
    add(savings, "engine.precision=bfloat16", engine.of(Precision.BFLOAT16));
    if (frozen > pass.frozenLayers()) {
      add(
          savings,
          "model.frozen-layers=" + frozen,
          engine.of(new PassOptions(frozen, pass.recompute())));
    }
    if (models.get(0).rank == 0) {
      List<Model> adapted = models.stream().map(model -> model.adapted(USUAL_RANK)).toList();
      savings.add(
          new Saving(
              "lora.rank=" + USUAL_RANK,
              new MemoryPrediction(adapted, engine, steps, device).bytes()));
    }
    if (models.size() > 1) {
      long shared = new MemoryPrediction(models.subList(0, 1), engine, steps, device).bytes();
      savings.add(new Saving("value.trunk=shared", shared));
    }
    long now = bytes();
    return savings.stream()
        .filter(saving -> saving.bytes < now)
        .sorted(Comparator.comparingLong(Saving::bytes))
        .toList();
  }

  private void add(List<Saving> savings, String setting, Engine other) {
    savings.add(new Saving(setting, new MemoryPrediction(models, other, steps, device).bytes()));
  }

  /** Writes bytes as megabytes, or as gigabytes if there are many. */
  public static String megabytes(long bytes) {
    double mega = bytes / MEGA;
    return mega < 10_000
        ? String.format(Locale.ROOT, "%.0f MB", mega)
        : String.format(Locale.ROOT, "%.1f GB", mega / 1000);
  }
}
