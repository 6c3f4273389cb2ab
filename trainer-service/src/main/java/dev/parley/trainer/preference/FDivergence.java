package dev.parley.trainer.preference;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.Logistic;

/**
 * What holds the policy to the reference in f-DPO (Wang et al. 2023, arXiv:2309.16240, table 1): a
 * log-ratio x = log(π/π_ref) enters the loss as f'(e^x), up to constants that cancel in a pair.
 */
public enum FDivergence {
  /** KL(π ‖ π_ref), the divergence of DPO itself: x. */
  REVERSE_KL {
    @Override
    public NDArray score(NDArray logRatio) {
      return logRatio;
    }
  },
  /** KL(π_ref ‖ π): −e^−x. */
  FORWARD_KL {
    @Override
    public NDArray score(NDArray logRatio) {
      return logRatio.neg().exp().neg();
    }
  },
  /** Jensen-Shannon: log σ(x), from log(2u / (1 + u)). */
  JENSEN_SHANNON {
    @Override
    public NDArray score(NDArray logRatio) {
      return Logistic.logSigmoid(logRatio);
    }
  };

  /**
   * The score of an answer.
   *
   * @param logRatio x, {@code [P]}
   * @return {@code [P]}
   */
  public abstract NDArray score(NDArray logRatio);
}
