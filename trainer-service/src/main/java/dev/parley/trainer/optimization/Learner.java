package dev.parley.trainer.optimization;

import ai.djl.ndarray.NDArray;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.PassOptions;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.Precision;
import dev.parley.model.weights.Weights;
import dev.parley.trainer.experience.PackedBatch;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * A model that learns: its weights or the adapter beside them, the gradients, and the optimizer
 * that moves them.
 *
 * <p>One step is any number of {@link #backward} calls, whose gradients add up, and one {@link
 * #step}. Losses are divided by the counts of the whole step beforehand, so how the step is split
 * into micro-batches changes nothing. Each worker that goes back through passes at the same time as
 * others has a buffer of gradients of its own.
 *
 * <p>In bfloat16, passes run on a rounded copy of the weights, while the optimizer moves weights in
 * single precision ({@link #master}), in which steps too small for bfloat16 add up (Micikevicius et
 * al. 2018, arXiv:1710.03740, §3.1). Gradients and moments are in single precision always, and so
 * is an adapter: the weights beside it do not move, and are there in bfloat16 alone.
 */
public final class Learner implements AutoCloseable {

  private final LanguageModel master;
  private final LanguageModel model;
  private final AdamW.Settings settings;
  private final LearningRateSchedule schedule;
  private final PassOptions pass;
  private final List<Weights> gradients;
  private final Weights firstMoments;
  private final Weights secondMoments;
  private AdamW optimizer;

  /**
   * How a model learns.
   *
   * @param workers that go back through passes at the same time, at least 1
   * @param precision in which passes compute
   * @param pass which layers learn, and what passes keep
   */
  public record Engine(int workers, Precision precision, PassOptions pass) {

    /** One worker, in single precision; everything learns. */
    public static final Engine PLAIN = new Engine(1, Precision.FLOAT32, PassOptions.PLAIN);

    /** Checks the number. */
    public Engine {
      if (workers < 1) {
        throw new IllegalArgumentException("there are " + workers + " workers; give at least 1");
      }
    }
  }

  /**
   * Prepares a model for learning.
   *
   * @param master the model in single precision, whose weights will change, or one with an adapter,
   *     in the precision that passes compute in; closed with the learner
   * @param settings of the optimizer
   * @param schedule of the learning rate
   * @param engine how it learns
   * @throws IllegalArgumentException if the model is in another precision, or has fewer layers than
   *     are to be frozen
   */
  public Learner(
      LanguageModel master, AdamW.Settings settings, LearningRateSchedule schedule, Engine engine) {
    // An adapter is in single precision by itself; what it learns beside needs no second copy.
    Precision expected = master.adapter().isPresent() ? engine.precision() : Precision.FLOAT32;
    if (master.options().precision() != expected) {
      throw new IllegalArgumentException(
          "the model to learn is in "
              + master.options().precision()
              + ", expected "
              + expected.name().toLowerCase(Locale.ROOT));
    }
    this.master = master;
    this.model = engine.precision() == expected ? master : master.copy(engine.precision());
    this.settings = settings;
    this.schedule = schedule;
    this.pass = engine.pass();
    this.gradients = IntStream.range(0, engine.workers()).mapToObj(worker -> buffer()).toList();
    this.firstMoments = buffer();
    this.secondMoments = buffer();
    restart(AdamW.State.INITIAL);
  }

  private Weights buffer() {
    return model.gradientBuffers(pass.frozenLayers());
  }

  /** Returns how many workers may go back through passes at the same time. */
  public int workers() {
    return gradients.size();
  }

  /** Returns the model in the precision that passes compute in. */
  public LanguageModel model() {
    return model;
  }

  /** Returns the model with what learns in single precision: what is stored and published. */
  public LanguageModel master() {
    return master;
  }

  /** Returns the running means of the gradients, in the layout of what learns. */
  public Weights firstMoments() {
    return firstMoments;
  }

  /** Returns the running means of the squared gradients, in the layout of what learns. */
  public Weights secondMoments() {
    return secondMoments;
  }

  /** Returns the gradients of the step so far, of all workers, in the layout of what learns. */
  public Weights gradients() {
    Weights sum = gradients.get(0);
    gradients.subList(1, gradients.size()).forEach(sum::absorb);
    return sum;
  }

  /** Returns what must be stored beside the moments. */
  public AdamW.State state() {
    return optimizer.state();
  }

  /**
   * Goes on from a stored state; the moments have been overwritten before.
   *
   * @param state as {@link #state} returned it
   */
  public void restart(AdamW.State state) {
    AdamW.Buffers buffers =
        new AdamW.Buffers(
            master.learning().flat(),
            gradients.get(0).flat(),
            firstMoments.flat(),
            secondMoments.flat(),
            master.learning().stretches(firstMoments));
    optimizer = new AdamW(buffers, settings, state);
  }

  /** Forgets the moments and begins to count steps anew. */
  public void reset() {
    firstMoments.clear();
    secondMoments.clear();
    restart(AdamW.State.INITIAL);
  }

  /**
   * Runs a forward pass over packed sequences.
   *
   * @param packed the sequences; log-probabilities and scalars come at their learnt tokens
   * @param temperatures one per learnt token, or empty for 1
   */
  public ForwardPass forward(PackedBatch packed, float[] temperatures) {
    return forward(packed.batch(), packed.predictors(), temperatures);
  }

  /**
   * Runs a forward pass. Where an adapter drops some of what it reads, which numbers it drops is a
   * function of its seed, the step and the tokens: however a step is spread over workers, and
   * whether the run was broken off before it.
   *
   * @param batch N tokens
   * @param positions M indices among them, where the heads are asked
   * @param temperatures M divisors of the logits, or empty for 1
   */
  public ForwardPass forward(TokenBatch batch, int[] positions, float[] temperatures) {
    long step = state().steps() + state().skipped();
    long noise = step << Integer.SIZE ^ Arrays.hashCode(batch.tokens());
    return model.forward(batch, positions, temperatures, pass, noise);
  }

  /**
   * Adds the gradient of a loss that was written over a pass.
   *
   * @param worker whose buffer it is added to, from 0
   * @param pass used up
   * @param loss a scalar
   */
  public void backward(int worker, ForwardPass pass, NDArray loss) {
    pass.backward(loss, gradients.get(worker));
  }

  /** As {@link #backward}, but to the heads alone; the trunk stays as it is. */
  public void backwardHeads(int worker, ForwardPass pass, NDArray loss) {
    pass.backwardHeads(loss, gradients.get(worker));
  }

  /** Forgets what a worker has added since the last step. */
  public void forget(int worker) {
    gradients.get(worker).clear();
  }

  /**
   * What a step did.
   *
   * @param gradientNorm over all parameters, before clipping
   * @param applied false if it was not finite, and the step was skipped
   * @param learningRate that was used
   */
  public record Step(double gradientNorm, boolean applied, double learningRate) {}

  /** Moves the weights against the gradients, and forgets these. */
  public Step step() {
    double rate = learningRate();
    Weights sum = gradients();
    AdamW.Outcome outcome = optimizer.step(rate);
    sum.clear();
    if (model != master && outcome.applied()) {
      model.weights().copyFrom(master.weights());
    }
    return new Step(outcome.gradientNorm(), outcome.applied(), rate);
  }

  /** Returns the learning rate of the next step. */
  public double learningRate() {
    return schedule.rate(state().steps() + state().skipped());
  }

  @Override
  public void close() {
    gradients.forEach(Weights::close);
    firstMoments.close();
    secondMoments.close();
    if (model != master) {
      model.close();
    }
    master.close();
  }
}
