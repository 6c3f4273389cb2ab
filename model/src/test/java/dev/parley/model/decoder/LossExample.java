package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.RandomModels;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A loss with something of everything that a pass gives, computed by the program and by the twin: Σ
 * c·log p + e·Σ c·H + s·Σ (c·scalar)², over chosen positions.
 *
 * @param batch N tokens
 * @param positions M indices among them
 * @param temperatures M divisors of the logits, or empty
 * @param coefficients c, M numbers
 * @param logProbWeight 1, or 0 for a model without a language head
 * @param entropyWeight e
 * @param scalarWeight s, 0 for a model without a scalar head
 */
record LossExample(
    TokenBatch batch,
    int[] positions,
    float[] temperatures,
    double[] coefficients,
    double logProbWeight,
    double entropyWeight,
    double scalarWeight) {

  /** Draws rows and coefficients; the loss is over the log-probability of every token. */
  static LossExample draw(long seed) {
    return draw(seed, 3, 7);
  }

  /** As {@link #draw(long)}, of so many rows. */
  static LossExample draw(long seed, int rows, int longest) {
    Random random = new Random(seed);
    TokenBatch batch = RandomModels.batch(random, rows, longest);
    int[] positions = DecoderTest.followed(batch);
    double[] coefficients = random.doubles(positions.length, -1, 1).toArray();
    return new LossExample(batch, positions, new float[0], coefficients, 1, 0, 0);
  }

  /** Returns the same with other weights of the three sums. */
  LossExample weighted(double logProb, double entropy, double scalar) {
    return new LossExample(batch, positions, temperatures, coefficients, logProb, entropy, scalar);
  }

  /** Returns the same with a temperature of its own at each position. */
  LossExample tempered() {
    float[] drawn = new float[positions.length];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = 0.5f + 0.25f * (i % 5);
    }
    return new LossExample(
        batch, positions, drawn, coefficients, logProbWeight, entropyWeight, scalarWeight);
  }

  /** Returns the same at other positions, of which there may not be more. */
  LossExample at(int... chosen) {
    double[] first = IntStream.range(0, chosen.length).mapToDouble(i -> coefficients[i]).toArray();
    return new LossExample(
        batch, chosen, new float[0], first, logProbWeight, entropyWeight, scalarWeight);
  }

  /** Writes the loss over a pass's leaves. */
  NDArray of(ForwardPass pass) {
    NDManager scope = pass.scope();
    float[] single = new float[coefficients.length];
    for (int i = 0; i < single.length; i++) {
      single[i] = (float) coefficients[i];
    }
    NDArray c = scope.create(single);
    NDArray loss = scope.create(0f);
    if (logProbWeight != 0) {
      loss = loss.add(pass.logProbs().mul(c).sum().mul(scope.create(logProbWeight)));
    }
    if (entropyWeight != 0) {
      loss = loss.add(pass.entropies().mul(c).sum().mul(scope.create(entropyWeight)));
    }
    if (scalarWeight != 0) {
      loss = loss.add(pass.scalars().mul(c).square().sum().mul(scope.create(scalarWeight)));
    }
    return loss;
  }

  /** Computes the loss with a twin. */
  double of(NaiveDecoder twin) {
    double loss = 0;
    if (logProbWeight != 0) {
      double[][] logProbs = logProbs(twin);
      for (int i = 0; i < positions.length; i++) {
        loss += logProbWeight * coefficients[i] * logProbs[i][batch.tokens()[positions[i] + 1]];
        loss += entropyWeight * coefficients[i] * NaiveLogProbs.entropy(logProbs[i]);
      }
    }
    if (scalarWeight != 0) {
      double[] scalars = scalars(twin);
      for (int i = 0; i < positions.length; i++) {
        loss += scalarWeight * Math.pow(coefficients[i] * scalars[i], 2);
      }
    }
    return loss;
  }

  /** Returns the log-probabilities of all tokens at the chosen positions, {@code [M, V]}. */
  double[][] logProbs(NaiveDecoder twin) {
    List<double[]> logits =
        RandomModels.rows(batch).stream().flatMap(row -> Arrays.stream(twin.logits(row))).toList();
    double[][] logProbs = new double[positions.length][];
    for (int i = 0; i < positions.length; i++) {
      double temperature = temperatures.length == 0 ? 1 : temperatures[i];
      logProbs[i] = NaiveLogProbs.of(logits.get(positions[i]), temperature);
    }
    return logProbs;
  }

  /** Returns the scalar head's numbers at the chosen positions, {@code [M]}. */
  double[] scalars(NaiveDecoder twin) {
    double[] everywhere =
        RandomModels.rows(batch).stream()
            .flatMapToDouble(row -> Arrays.stream(twin.scalars(row)))
            .toArray();
    return IntStream.of(positions).mapToDouble(position -> everywhere[position]).toArray();
  }
}
