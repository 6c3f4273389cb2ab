package dev.parley.console.verdict;

/** How much better an answer is. */
public enum Strength {
  /** Somebody else may see it otherwise. */
  SLIGHTLY(1.0 / 3),
  /** Nobody should. */
  MUCH(1);

  private final double margin;

  Strength(double margin) {
    this.margin = margin;
  }

  /**
   * The margin that a reward model is taught: those of "slightly better" and "significantly better"
   * of Llama 2's small margins (Touvron et al. 2023, arXiv:2307.09288, table 27).
   */
  public double margin() {
    return margin;
  }
}
