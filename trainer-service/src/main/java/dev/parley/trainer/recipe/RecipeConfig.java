package dev.parley.trainer.recipe;

import dev.parley.data.PreferenceSource;
import dev.parley.model.torchscript.Precision;
import dev.parley.trainer.configuration.Help;
import dev.parley.trainer.configuration.Within;
import dev.parley.trainer.optimization.LearningRateSchedule;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The settings that every recipe has. A recipe's own interface extends this one. */
public interface RecipeConfig {

  /** The model to start from. */
  Model model();

  /** The run. */
  Run run();

  /** Adapters that learn in place of the weights. */
  Lora lora();

  /** Where and how precisely to compute. */
  Engine engine();

  /** Full checkpoints. */
  Checkpoint checkpoint();

  /** The model to start from. */
  interface Model {

    @Help(
        "Directory of the model to start from (config.json, tokenizer.json, safetensors), or of an"
            + " adapter in PEFT's layout, which is merged into its base.")
    Path path();

    @Help("Directory of an adapter's base, if it is not where the adapter says.")
    Optional<Path> base();

    @Help(
        "weights: start from the directory's weights. random: use its config.json and tokenizer,"
            + " and draw the weights from run.seed.")
    @WithDefault("weights")
    Start start();

    @Help(
        "Layers that do not learn, counted from the embedding, which then does not learn either, nor"
            + " a language head that is the embedding; of a separate value model as many. With"
            + " lora.rank, layers that get no adapter.")
    @WithDefault("0")
    @Within("[0, ∞)")
    int frozenLayers();

    /** Where the first weights come from. */
    enum Start {
      /** From the directory. */
      WEIGHTS,
      /** From the seed. */
      RANDOM
    }
  }

  /** The run. */
  interface Run {

    @Help("Name of the run; events, prompts and versions carry it.")
    String id();

    @Help("Directory of the run's files; runs/<run.id> if not given.")
    Optional<Path> directory();

    @Help("Seed of everything that is drawn: shuffles, new weights, samples.")
    @WithDefault("1")
    long seed();

    @Help(
        "true: go on from the newest checkpoint in the run's directory. false: begin, in a"
            + " directory that holds no run. auto: go on if the directory holds a run, else begin;"
            + " a process that is started again and again with the same settings, as in a cluster,"
            + " needs it.")
    @WithDefault("false")
    Resume resume();

    @Help(
        "Seconds that the update under way, and its checkpoint, may take once the process is asked"
            + " to end (SIGTERM, Ctrl-C). After that it ends with the checkpoint that is there."
            + " Whoever asks must wait longer: in Kubernetes, terminationGracePeriodSeconds.")
    @WithDefault("120")
    @Within("[1, ∞)")
    int stopSeconds();

    @Help(
        "Kafka brokers (host:port, several separated by commas). Needed by recipes that learn from"
            + " rollouts; others only announce their events there.")
    Optional<String> kafka();

    /** Whether to go on with a run. */
    enum Resume {
      /** Begin; a run that is there is not written over. */
      FALSE,
      /** Go on; there must be a run. */
      TRUE,
      /** Go on if there is a run. */
      AUTO;

      /** Returns whether a checkpoint is read if there is one. */
      public boolean readsCheckpoint() {
        return this != FALSE;
      }
    }
  }

  /** Low-rank adapters (LoRA; Hu et al. 2021): few numbers beside weights that stay as they are. */
  interface Lora {

    @Help("Rank of adapters that learn in place of the weights (LoRA); 0 trains the weights.")
    @WithDefault("0")
    @Within("[0, ∞)")
    int rank();

    @Help("α: what the adapters add is multiplied by α / rank.")
    @WithDefault("32")
    @Within("(0, ∞)")
    double alpha();

    @Help(
        "Projections with an adapter, by the ends of their names (q_proj, v_proj, c_attn, …), or"
            + " all-linear.")
    @WithDefault("all-linear")
    List<String> targets();

    @Help("Probability that a number which an adapter reads is dropped while it learns.")
    @WithDefault("0.0")
    @Within("[0, 1)")
    double dropout();

    @Help("Multiply by α / √rank instead (Kalajdzievski 2023).")
    @WithDefault("false")
    boolean rankStabilised();

    @Help("Write the finished model merged, too, beside its adapter.")
    @WithDefault("true")
    boolean merge();
  }

  /** Where and how precisely to compute. */
  interface Engine {

    @Help("cpu, cuda or cuda:N.")
    @WithDefault("cpu")
    String device();

    @Help(
        "Number format of weights and activations in passes. With bfloat16 there are weights in"
            + " single precision, too, which learn and are stored; with lora.rank, the adapters are"
            + " in single precision.")
    @WithDefault("float32")
    Precision precision();

    @Help("libtorch's threads, of all workers together; 0 leaves it to libtorch (one per core).")
    @WithDefault("0")
    @Within("[0, ∞)")
    int threads();

    @Help(
        "Passes that run side by side, each with its share of the threads and gradients of its own;"
            + " 0 chooses: on a CPU one per thread, or fewer if memory or tokens are scarce.")
    @WithDefault("0")
    @Within("[0, ∞)")
    int workers();

    @Help(
        "Most tokens that go forward and backward at a time, of all workers together; larger"
            + " batches are split. Without enough memory it is lowered by itself.")
    @WithDefault("4096")
    @Within("[1, ∞)")
    int microBatchTokens();

    @Help(
        "Keep only the input of each layer and compute the rest again on the way back: less memory"
            + " for a third more work.")
    @WithDefault("false")
    boolean recompute();
  }

  /** Full checkpoints. */
  interface Checkpoint {

    @Help("Updates between full checkpoints; 0 writes one at the end only.")
    @WithDefault("50")
    @Within("[0, ∞)")
    int every();

    @Help("Full checkpoints to keep.")
    @WithDefault("2")
    @Within("[1, ∞)")
    int keep();

    @Help("Number format of the finished model and of published versions: f32, bf16 or f16.")
    @WithDefault("f32")
    Format format();

    /** Number formats of stored weights. */
    enum Format {
      /** Single precision. */
      F32,
      /** Upper half of single precision. */
      BF16,
      /** Half precision. */
      F16
    }
  }

  /** AdamW (Loshchilov and Hutter 2019) with a schedule. */
  interface Optimizer {

    @Help("Highest learning rate.")
    @WithDefault("1e-5")
    @Within("(0, ∞)")
    double learningRate();

    @Help("Shape of the learning rate after the warm-up.")
    @WithDefault("constant")
    LearningRateSchedule.Decay schedule();

    @Help("Steps over which the learning rate rises from 0.")
    @WithDefault("0")
    @Within("[0, ∞)")
    long warmUpSteps();

    @Help("Share of the highest rate at which the decay ends.")
    @WithDefault("0")
    @Within("[0, 1]")
    double minimumRate();

    @Help("Decay of the gradient's running mean.")
    @WithDefault("0.9")
    @Within("[0, 1)")
    double beta1();

    @Help("Decay of the squared gradient's running mean (0.95 as in GPT-3; PyTorch has 0.999).")
    @WithDefault("0.95")
    @Within("[0, 1)")
    double beta2();

    @Help("Added to the root of the squared gradient's mean.")
    @WithDefault("1e-8")
    @Within("(0, ∞)")
    double epsilon();

    @Help("Decoupled weight decay of matrices; vectors (norms, biases) have none.")
    @WithDefault("0")
    @Within("[0, ∞)")
    double weightDecay();

    @Help("Gradients of a larger global norm are scaled down to it; 0 switches clipping off.")
    @WithDefault("1.0")
    @Within("[0, ∞)")
    double maxGradientNorm();
  }

  /** Files to learn from. */
  interface Data {

    @Help(
        "Files, directories or patterns: JSON Lines, JSON arrays, CSV (plain or .gz), Parquet."
            + " topic:preferences or topic:demonstrations: what that topic at run.kafka holds when"
            + " the run begins.")
    List<String> files();

    @Help(
        "Of topic:preferences, whose judgements to learn from, those of others being left out:"
            + " unknown is what nobody signed. Must be given if the topic holds those of several,"
            + " so that labels of people and of models never mix unseen.")
    Optional<List<PreferenceSource>> source();

    @Help("Count bad rows and go on, instead of stopping at the first.")
    @WithDefault("false")
    boolean skipBad();

    @Help("Share of the prompts kept out of training for evaluation, chosen by run.seed.")
    @WithDefault("0.05")
    @Within("[0, 1)")
    double heldOut();

    @Help("Most tokens of a row, prompt included; longer rows are left out and counted.")
    @WithDefault("1024")
    @Within("[2, ∞)")
    int maxTokens();
  }
}
