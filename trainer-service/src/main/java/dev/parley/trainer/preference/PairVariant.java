package dev.parley.trainer.preference;

import static dev.parley.trainer.loss.Logistic.logSigmoid;
import static dev.parley.trainer.loss.Logistic.preferenceLoss;
import static dev.parley.trainer.loss.Logistic.sigmoid;
import static dev.parley.trainer.loss.Numbers.number;

import ai.djl.ndarray.NDArray;

/**
 * Losses of a pair: DPO's, and those that share its inputs. a and b are the log-ratios of the
 * chosen and the rejected answer, h is their difference (after {@link FDivergence}), β the
 * coefficient, ε the label smoothing.
 */
public enum PairVariant {
  /** −(1 − ε) log σ(βh) − ε log σ(−βh): DPO; with ε its conservative form. */
  SIGMOID {
    @Override
    public NDArray losses(NDArray a, NDArray b, NDArray h, double beta, double epsilon) {
      return preferenceLoss(h.mul(number(h, beta)), epsilon);
    }
  },
  /**
   * (−(1 − ε) log σ(βh) + ε log σ(−βh)) / (1 − 2ε): unbiased where a fraction ε of the labels is
   * flipped (Ray Chowdhury et al. 2024, arXiv:2403.00409).
   */
  ROBUST {
    @Override
    public NDArray losses(NDArray a, NDArray b, NDArray h, double beta, double epsilon) {
      NDArray right = logSigmoid(h.mul(number(h, beta))).mul(number(h, 1 - epsilon));
      NDArray flipped = logSigmoid(h.mul(number(h, -beta))).mul(number(h, epsilon));
      return flipped.sub(right).div(number(h, 1 - 2 * epsilon));
    }
  },
  /** max(0, 1 − βh): SLiC (Zhao et al. 2023, arXiv:2305.10425) with DPO's reward. */
  HINGE {
    @Override
    public NDArray losses(NDArray a, NDArray b, NDArray h, double beta, double epsilon) {
      return h.mul(number(h, -beta)).add(1).maximum(number(h, 0));
    }
  },
  /** (h − 1/(2β))²: IPO (Azar et al. 2023, arXiv:2310.12036, eq. 17). */
  IPO {
    @Override
    public NDArray losses(NDArray a, NDArray b, NDArray h, double beta, double epsilon) {
      return h.sub(1 / (2 * beta)).square();
    }
  },
  /**
   * σ(βh) (log σ(βh) − log(1 − ε)) + σ(−βh) (log σ(−βh) − log ε): EXO for pairs (Ji et al. 2024,
   * arXiv:2402.00856). ε must be above 0.
   */
  EXO_PAIR {
    @Override
    public NDArray losses(NDArray a, NDArray b, NDArray h, double beta, double epsilon) {
      NDArray up = h.mul(number(h, beta));
      NDArray down = h.mul(number(h, -beta));
      NDArray right = sigmoid(up).mul(logSigmoid(up).sub(Math.log(1 - epsilon)));
      return right.add(sigmoid(down).mul(logSigmoid(down).sub(Math.log(epsilon))));
    }
  },
  /** −log σ(βa) − ½ log σ(−βa) − ½ log σ(−βb): NCA (Chen et al. 2024, arXiv:2402.05369). */
  NCA_PAIR {
    @Override
    public NDArray losses(NDArray a, NDArray b, NDArray h, double beta, double epsilon) {
      NDArray pushedDown =
          logSigmoid(a.mul(number(a, -beta)))
              .add(logSigmoid(b.mul(number(a, -beta))))
              .mul(number(a, 0.5));
      return logSigmoid(a.mul(number(a, beta))).add(pushedDown).neg();
    }
  },
  /** (a − 1/(2β))² + (b + 1/(2β))²: SPPO with hard labels (Wu et al. 2024, arXiv:2405.00675). */
  SPPO_HARD {
    @Override
    public NDArray losses(NDArray a, NDArray b, NDArray h, double beta, double epsilon) {
      double half = 1 / (2 * beta);
      return a.sub(half).square().add(b.add(half).square());
    }
  },
  /** 1 − σ(βa) + σ(βb): APO-zero (D'Oosterlinck et al. 2024, arXiv:2408.06266). */
  APO_ZERO {
    @Override
    public NDArray losses(NDArray a, NDArray b, NDArray h, double beta, double epsilon) {
      return sigmoid(b.mul(number(a, beta))).sub(sigmoid(a.mul(number(a, beta)))).add(1);
    }
  },
  /** σ(βa) + 1 − σ(β(a − b)): APO-down, of the same paper. */
  APO_DOWN {
    @Override
    public NDArray losses(NDArray a, NDArray b, NDArray h, double beta, double epsilon) {
      return sigmoid(a.mul(number(a, beta))).sub(sigmoid(a.sub(b).mul(number(a, beta)))).add(1);
    }
  };

  /** Returns whether ε enters the loss. */
  public boolean smoothsLabels() {
    return this == SIGMOID || this == ROBUST || this == EXO_PAIR;
  }

  /** Returns whether the loss is of h alone, rather than of a and b. */
  public boolean usesDifference() {
    return switch (this) {
      case SIGMOID, ROBUST, HINGE, IPO, EXO_PAIR -> true;
      case NCA_PAIR, SPPO_HARD, APO_ZERO, APO_DOWN -> false;
    };
  }

  /**
   * The loss of each pair.
   *
   * @return {@code [P]}, with gradient
   */
  public abstract NDArray losses(NDArray a, NDArray b, NDArray h, double beta, double epsilon);
}
