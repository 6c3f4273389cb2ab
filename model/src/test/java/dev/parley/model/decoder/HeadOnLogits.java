package dev.parley.model.decoder;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.parley.model.torchscript.Autograd;
import dev.parley.model.torchscript.Libtorch;
import dev.parley.model.torchscript.Tensors;
import java.util.Arrays;

/**
 * The language head's program on given logits: they go in as hidden states of width V, and the
 * head's matrix is the identity, which changes no bit. From there on it is what {@link ForwardPass}
 * does.
 */
public final class HeadOnLogits implements AutoCloseable {

  /** Two tokens per chunk, so that there are several chunks. */
  private static final int CHUNK_TOKENS = 2;

  private final int vocabulary;
  private final Autograd.Scope recording;
  private final NDManager scope;
  private final NDArray logits;
  private final NDArray chosen;
  private final NDArray index;
  private final NDArray identity;
  private final NDArray targets;
  private final NDArray inverseTemperature;
  private final Head.TokenScores scores;
  private final NDArray logProbs;
  private final NDArray entropies;

  /**
   * Runs the program forward.
   *
   * @param logits {@code [N, V]}
   * @param positions M indices among the N
   * @param targets M tokens
   * @param temperature divides the logits
   */
  public HeadOnLogits(float[][] logits, int[] positions, int[] targets, double temperature) {
    this.vocabulary = logits[0].length;
    this.recording = Autograd.on();
    this.scope = Libtorch.manager(Device.cpu());
    this.logits = scope.create(flat(logits), new Shape(logits.length, vocabulary));
    this.identity = scope.eye(vocabulary);
    this.index = scope.create(Arrays.stream(positions).asLongStream().toArray());
    this.chosen = Head.rows(scope, this.logits, index);
    this.targets = scope.create(Arrays.stream(targets).asLongStream().toArray());
    float[] temperatures = new float[temperature == 1 ? 0 : positions.length];
    Arrays.fill(temperatures, (float) temperature);
    this.inverseTemperature = Positions.inverse(scope, positions, temperatures);
    this.scores =
        Head.tokenScores(
            scope, chosen, identity, this.targets, inverseTemperature, 0, chunkLogits(), true);
    this.logProbs = leaf(scores.logProbs());
    this.entropies = leaf(scores.entropies());
  }

  private long chunkLogits() {
    return (long) CHUNK_TOKENS * vocabulary;
  }

  private NDArray leaf(NDArray array) {
    NDArray leaf = Tensors.leaf(scope, array);
    leaf.setRequiresGradient(true);
    return leaf;
  }

  private static float[] flat(float[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * rows[0].length, rows[0].length);
    }
    return flat;
  }

  /** Returns log p(target), {@code [M]}. */
  public NDArray logProbs() {
    return logProbs;
  }

  /** Returns the entropies of the M distributions. */
  public NDArray entropies() {
    return entropies;
  }

  /** Returns the gradient of a loss over the leaves with respect to the logits, {@code [N, V]}. */
  public float[][] gradient(NDArray loss) {
    Autograd.backward(loss);
    NDArray gradient =
        Head.tokenScoresBackward(
            scope,
            chosen,
            identity,
            targets,
            inverseTemperature,
            0,
            scores,
            Autograd.gradient(logProbs),
            Autograd.reached(entropies) ? Autograd.gradient(entropies) : Head.none(scope),
            scope.zeros(identity.getShape()),
            chunkLogits());
    float[] flat = Head.scatterRows(scope, logits, index, gradient).toFloatArray();
    float[][] rows = new float[flat.length / vocabulary][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(flat, i * vocabulary, (i + 1) * vocabulary);
    }
    return rows;
  }

  @Override
  public void close() {
    scope.close();
    recording.close();
  }
}
