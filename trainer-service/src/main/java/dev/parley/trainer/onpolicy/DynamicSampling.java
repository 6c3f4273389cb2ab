package dev.parley.trainer.onpolicy;

import dev.parley.trainer.experience.Sample;
import java.util.List;
import java.util.function.Predicate;

/**
 * Whether groups that teach nothing are replaced by the answers to other prompts before an update
 * learns (DAPO's dynamic sampling; Yu et al. 2025, arXiv:2503.14476, eq. 11).
 *
 * @param rounds how often an update may ask for replacements; 0 takes what comes
 * @param useful whether the answers to one prompt are worth learning from
 */
public record DynamicSampling(int rounds, Predicate<List<Sample>> useful) {

  /** Takes what comes. */
  public static final DynamicSampling NONE = new DynamicSampling(0, group -> true);

  /**
   * Replaces groups whose scores are all the same: every advantage in them is 0.
   *
   * @param rounds how often an update may ask for replacements
   */
  public static DynamicSampling ofSpread(int rounds) {
    return rounds == 0 ? NONE : new DynamicSampling(rounds, DynamicSampling::hasSpread);
  }

  /** Returns whether two answers of a group have different scores. */
  static boolean hasSpread(List<Sample> group) {
    return group.stream().mapToDouble(Sample::score).distinct().limit(2).count() == 2;
  }
}
