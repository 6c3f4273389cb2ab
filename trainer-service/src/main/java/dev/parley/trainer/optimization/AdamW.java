package dev.parley.trainer.optimization;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.parley.model.torchscript.Program;
import dev.parley.model.weights.Weights;
import java.util.List;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2), as
 * {@code torch.optim.AdamW} computes it. In step t, from 1, with η the learning rate:
 *
 * <pre>
 * g ← g · min(1, max norm / (‖g‖ + 1e-6))      norm over all parameters together
 * θ ← θ − η λ θ                                where weight decay applies
 * m ← β1 m + (1 − β1) g
 * v ← β2 v + (1 − β2) g²
 * θ ← θ − η (m / (1 − β1^t)) / (√(v / (1 − β2^t)) + ε)
 * </pre>
 *
 * <p>A step whose gradient norm is not finite is skipped: parameters and moments stay as they are,
 * and t does not advance. The whole state is the two moments and {@link State}; an optimizer made
 * from copies of them continues bit for bit.
 *
 * <p>Not safe for use from several threads.
 */
public final class AdamW {
  private static final Program PROGRAM = Program.load(AdamW.class, "adamw.torchscript");

  /** Added to the norm before dividing by it, as {@code torch.nn.utils.clip_grad_norm_} does. */
  private static final double NORM_EPSILON = 1e-6;

  private final Buffers buffers;
  private final Settings settings;
  private State state;

  /**
   * The numbers of the algorithm.
   *
   * @param beta1 β1, 0 to below 1
   * @param beta2 β2, 0 to below 1
   * @param epsilon ε, above 0
   * @param weightDecay λ, at least 0
   * @param maxGradientNorm largest norm of the gradient, at least 0; 0 for no clipping
   */
  public record Settings(
      double beta1, double beta2, double epsilon, double weightDecay, double maxGradientNorm) {
    /**
     * @throws IllegalArgumentException if a number is out of range
     */
    public Settings {
      if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
        throw new IllegalArgumentException(
            "the betas are %s and %s; give 0 to below 1".formatted(beta1, beta2));
      }
      if (!(epsilon > 0 && weightDecay >= 0 && maxGradientNorm >= 0)) {
        throw new IllegalArgumentException(
            "epsilon %s, weight decay %s, maximal norm %s; give epsilon above 0, others at least 0"
                .formatted(epsilon, weightDecay, maxGradientNorm));
      }
    }
  }

  /**
   * What a step reads and writes: flat arrays in single precision, owned by the caller.
   *
   * @param parameters θ {@code [P]}, changed where it learns
   * @param gradients g {@code [G]}; a step that clips leaves them clipped
   * @param firstMoments m {@code [G]}, changed; zeros to begin with
   * @param secondMoments v {@code [G]}, changed; zeros to begin with
   * @param stretches where the G numbers that learn lie among the P; matrices have weight decay
   */
  public record Buffers(
      NDArray parameters,
      NDArray gradients,
      NDArray firstMoments,
      NDArray secondMoments,
      List<Weights.Stretch> stretches) {
    /**
     * @throws IllegalArgumentException if an array is of another shape or type
     */
    public Buffers {
      stretches = List.copyOf(stretches);
      long learning = stretches.stream().mapToLong(Weights.Stretch::size).sum();
      requireFlat("parameters", parameters, parameters.size());
      requireFlat("gradients", gradients, learning);
      requireFlat("first moments", firstMoments, learning);
      requireFlat("second moments", secondMoments, learning);
    }

    /**
     * Buffers of parameters all of which learn.
     *
     * @param decayed how many leading parameters have weight decay, 0 to P
     */
    public static Buffers whole(
        NDArray parameters,
        NDArray gradients,
        NDArray firstMoments,
        NDArray secondMoments,
        long decayed) {
      long rest = parameters.size() - decayed;
      if (decayed < 0 || rest < 0) {
        throw new IllegalArgumentException(
            "%d of %d parameters cannot have weight decay".formatted(decayed, parameters.size()));
      }
      return new Buffers(
          parameters,
          gradients,
          firstMoments,
          secondMoments,
          List.of(
              new Weights.Stretch(0, 0, decayed, true),
              new Weights.Stretch(decayed, decayed, rest, false)));
    }

    private static void requireFlat(String name, NDArray array, long size) {
      if (array.getDataType() != DataType.FLOAT32
          || array.getShape().dimension() != 1
          || array.size() != size) {
        throw new IllegalArgumentException(
            "the %s are %s %s; give %d numbers of float32 in one dimension"
                .formatted(name, array.getDataType(), array.getShape(), size));
      }
    }
  }

  /**
   * What must be stored beside the moments.
   *
   * @param steps t, steps taken
   * @param skipped steps skipped
   */
  public record State(long steps, long skipped) {
    /** Before the first step. */
    public static final State INITIAL = new State(0, 0);
  }

  /**
   * What became of a step.
   *
   * @param gradientNorm ‖g‖ over all parameters, before clipping
   * @param applied false if the norm was not finite, and nothing was changed
   */
  public record Outcome(double gradientNorm, boolean applied) {}

  /**
   * An optimizer over some parameters.
   *
   * @param buffers what it reads and writes
   * @param settings the numbers of the algorithm
   * @param state {@link State#INITIAL}, or as stored
   */
  public AdamW(Buffers buffers, Settings settings, State state) {
    this.buffers = buffers;
    this.settings = settings;
    this.state = state;
  }

  /** What must be stored beside the moments. */
  public State state() {
    return state;
  }

  /** Returns ‖g‖ over all parameters, as the gradients stand. */
  public double gradientNorm() {
    try (NDManager scope = buffers.parameters.getManager().newSubManager()) {
      return PROGRAM.run(scope, "norm", buffers.gradients).get(0).getFloat();
    }
  }

  /**
   * Takes one step with the gradients as they stand; setting them back to 0 is the caller's part.
   *
   * @param learningRate η, at least 0 ({@link LearningRateSchedule#rate})
   * @throws IllegalArgumentException if the learning rate is negative or not finite
   */
  public Outcome step(double learningRate) {
    return step(learningRate, gradientNorm());
  }

  /**
   * Takes one step, clipping by a norm that may cover other models too.
   *
   * @param learningRate η, at least 0
   * @param norm ‖g‖ over everything that is clipped together
   * @throws IllegalArgumentException if the learning rate is negative or not finite
   */
  public Outcome step(double learningRate, double norm) {
    if (!(learningRate >= 0 && Double.isFinite(learningRate))) {
      throw new IllegalArgumentException(
          "the learning rate is %s; give a number of at least 0".formatted(learningRate));
    }
    if (!Double.isFinite(norm)) {
      state = new State(state.steps, state.skipped + 1);
      return new Outcome(norm, false);
    }
    try (NDManager scope = buffers.parameters.getManager().newSubManager()) {
      state = new State(state.steps + 1, state.skipped);
      NDArray count = scope.create((float) state.steps);
      NDArray divisor = scope.create((float) divisor(norm));
      for (Weights.Stretch stretch : buffers.stretches) {
        step(scope, stretch, count, divisor, learningRate);
      }
      return new Outcome(norm, true);
    }
  }

  private void step(
      NDManager scope,
      Weights.Stretch stretch,
      NDArray count,
      NDArray divisor,
      double learningRate) {
    if (stretch.size() == 0) {
      return;
    }
    long begin = stretch.partOffset();
    long end = begin + stretch.size();
    PROGRAM.run(
        scope,
        "step",
        PROGRAM.run(
            scope,
            "stretch",
            buffers.parameters,
            stretch.offset(),
            stretch.offset() + stretch.size()),
        PROGRAM.run(scope, "stretch", buffers.gradients, begin, end),
        PROGRAM.run(scope, "stretch", buffers.firstMoments, begin, end),
        PROGRAM.run(scope, "stretch", buffers.secondMoments, begin, end),
        List.of(count),
        divisor,
        learningRate,
        settings.beta1,
        settings.beta2,
        settings.epsilon,
        stretch.matrix() ? settings.weightDecay : 0.0);
  }

  /** What the gradients are divided by to keep their norm within bounds, at least 1. */
  private double divisor(double norm) {
    return settings.maxGradientNorm == 0
        ? 1
        : Math.max(1, (norm + NORM_EPSILON) / settings.maxGradientNorm);
  }
}
