package dev.parley.model.adapter;

import java.util.List;

/**
 * How a model is adapted: beside each chosen projection W of the decoder, which stays as it is, two
 * small matrices learn (LoRA, Hu et al. 2021, arXiv:2106.09685): W x becomes W x + s B (A x), with
 * A of {@code [rank, inputs]} and B of {@code [outputs, rank]}.
 *
 * @param rank r, inner size of the two matrices
 * @param alpha α; s = α / r, so that another rank asks for no other learning rate
 * @param targets the projections, by the last part of their names ({@code "q_proj"}) or more of it,
 *     or {@value #ALL_LINEAR} alone
 * @param dropout probability that a number which A reads is set to zero while learning
 * @param rankStabilised whether s = α / √r instead (Kalajdzievski 2023, arXiv:2312.03732)
 * @param frozenLayers how many layers get no adapter, counted from the embedding
 */
public record LoraSettings(
    int rank,
    double alpha,
    List<String> targets,
    double dropout,
    boolean rankStabilised,
    int frozenLayers) {

  /** All projections of the decoder's layers. */
  public static final String ALL_LINEAR = "all-linear";

  /** As the canonical constructor, where every layer may have adapters. */
  public LoraSettings(
      int rank, double alpha, List<String> targets, double dropout, boolean rankStabilised) {
    this(rank, alpha, targets, dropout, rankStabilised, 0);
  }

  /**
   * Copies the list and checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public LoraSettings {
    targets = List.copyOf(targets);
    if (rank < 1 || !(alpha > 0 && Double.isFinite(alpha))) {
      throw new IllegalArgumentException(
          "rank is %d and alpha %s; expected at least 1, and more than 0".formatted(rank, alpha));
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout is " + dropout + ", expected 0 to below 1");
    }
    if (frozenLayers < 0) {
      throw new IllegalArgumentException(
          frozenLayers + " layers are to be frozen, expected at least 0");
    }
    if (targets.isEmpty()) {
      throw new IllegalArgumentException(
          "there are no targets; expected names of projections, or " + ALL_LINEAR);
    }
  }

  /** Returns s. */
  public double scale() {
    return rankStabilised ? alpha / Math.sqrt(rank) : alpha / rank;
  }
}
