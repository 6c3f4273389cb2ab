package dev.parley.model.decoder;

/** Log-softmax and entropy of one row of logits, in double precision. */
final class NaiveLogProbs {

  private NaiveLogProbs() {}

  /** Returns log p(v) = z_v / T − log Σ exp(z / T). */
  static double[] of(double[] logits, double temperature) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double z : logits) {
      largest = Math.max(largest, z / temperature);
    }
    double sum = 0;
    for (double z : logits) {
      sum += Math.exp(z / temperature - largest);
    }
    double[] logProbs = new double[logits.length];
    for (int v = 0; v < logits.length; v++) {
      logProbs[v] = logits[v] / temperature - largest - Math.log(sum);
    }
    return logProbs;
  }

  /** Returns −Σ p log p. */
  static double entropy(double[] logProbs) {
    double entropy = 0;
    for (double logProb : logProbs) {
      entropy -= Math.exp(logProb) * logProb;
    }
    return entropy;
  }
}
