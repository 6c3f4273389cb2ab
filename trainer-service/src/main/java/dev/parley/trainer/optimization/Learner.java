package dev.parley.trainer.optimization;

import ai.djl.ndarray.NDArray;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.Precision;
import dev.parley.model.weights.Weights;
import dev.parley.trainer.experience.PackedBatch;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A model that learns: its weights or the adapter beside them, the gradients, and the optimizer
 * that moves them.
 *
 * <p>One step is any number of {@link #backward} calls, whose gradients add up, and one {@link
 * #step}. Losses are divided by the counts of the whole step beforehand, so how the step is split
 * into micro-batches changes nothing. Each worker that goes back through passes at the same time as
 * others has a buffer of gradients of its own.
 */
public final class Learner implements AutoCloseable {

  private final LanguageModel model;
  private final AdamW.Settings settings;
  private final LearningRateSchedule schedule;
  private final List<Weights> gradients;
  private final Weights firstMoments;
  private final Weights secondMoments;
  private AdamW optimizer;

  /**
   * Prepares a model for learning.
   *
   * @param model the model, whose weights will change; closed with the learner
   * @param settings of the optimizer
   * @param schedule of the learning rate
   * @param workers that go back through passes at the same time, at least 1
   */
  public Learner(
      LanguageModel model, AdamW.Settings settings, LearningRateSchedule schedule, int workers) {
    this.model = model;
    this.settings = settings;
    this.schedule = schedule;
    this.gradients =
        IntStream.range(0, workers).mapToObj(worker -> model.gradientBuffers()).toList();
    this.firstMoments = model.learning().like(Precision.FLOAT32);
    this.secondMoments = model.learning().like(Precision.FLOAT32);
    restart(AdamW.State.INITIAL);
  }

  /** Returns how many workers may go back through passes at the same time. */
  public int workers() {
    return gradients.size();
  }

  /** Returns the model. */
  public LanguageModel model() {
    return model;
  }

  /** Returns the running means of the gradients, in the layout of the weights. */
  public Weights firstMoments() {
    return firstMoments;
  }

  /** Returns the running means of the squared gradients, in the layout of the weights. */
  public Weights secondMoments() {
    return secondMoments;
  }

  /** Returns the gradients of the step so far, of all workers, in the layout of the weights. */
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
            model.learning().flat(),
            gradients.get(0).flat(),
            firstMoments.flat(),
            secondMoments.flat(),
            model.learning().matrixElements());
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
   * @param positions M indices among them, where log-probabilities and scalars are wanted
   * @param temperatures M divisors of the logits, or empty for 1
   */
  public ForwardPass forward(TokenBatch batch, int[] positions, float[] temperatures) {
    long step = state().steps() + state().skipped();
    return model.forward(
        batch, positions, temperatures, step << Integer.SIZE ^ Arrays.hashCode(batch.tokens()));
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
    model.close();
  }
}
