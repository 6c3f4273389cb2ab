package dev.parley.trainer.loss;

/**
 * How the losses l_t of single tokens become one number. Each way is a weighted sum {@code Σ w_t
 * l_t} with weights known beforehand, so all of them add up over any split of the batch.
 */
public enum Aggregation {
  /**
   * {@code w = 1 / tokens}: every token counts the same (DAPO, Yu et al. 2025, arXiv:2503.14476).
   */
  TOKEN_MEAN {
    @Override
    double weight(int length, GlobalCounts counts) {
      return 1.0 / counts.tokens();
    }
  },
  /** {@code w = 1 / (sequences · length of the row)}: every answer counts the same (GRPO). */
  SEQUENCE_MEAN_TOKEN_MEAN {
    @Override
    double weight(int length, GlobalCounts counts) {
      return 1.0 / counts.sequences() / length;
    }
  },
  /** {@code w = 1 / sequences}: the summed log-probability of an answer is the unit. */
  SEQUENCE_MEAN_TOKEN_SUM {
    @Override
    double weight(int length, GlobalCounts counts) {
      return 1.0 / counts.sequences();
    }
  },
  /** {@code w = 1 / (sequences · longest)}: no reward for length (Dr. GRPO, arXiv:2503.20783). */
  SEQUENCE_MEAN_TOKEN_SUM_NORM {
    @Override
    double weight(int length, GlobalCounts counts) {
      return 1.0 / counts.sequences() / counts.longest();
    }
  };

  abstract double weight(int length, GlobalCounts counts);

  /**
   * The weight of each token.
   *
   * @param rows the micro-batch
   * @param counts of the global batch that it is part of
   * @return w, {@code [N]}; to correct for off-policy tokens, multiply by their importance weights
   */
  public float[] weights(PackedRows rows, GlobalCounts counts) {
    float[] weights = new float[rows.tokens()];
    int next = 0;
    for (int r = 0; r < rows.rows(); r++) {
      for (int t = 0; t < rows.length(r); t++) {
        weights[next++] = (float) weight(rows.length(r), counts);
      }
    }
    return weights;
  }
}
