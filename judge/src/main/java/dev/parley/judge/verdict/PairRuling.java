package dev.parley.judge.verdict;

/**
 * Both rulings on a pair.
 *
 * @param inOrder the ruling with the first answer as A
 * @param swapped the ruling with the first answer as B
 */
public record PairRuling(Ruling inOrder, Ruling swapped) {

  /** What both rulings say together. */
  public enum Outcome {
    /** The first answer is better in both orders. */
    FIRST,
    /** The second answer is better in both orders. */
    SECOND,
    /** Neither is better in both orders. */
    TIE,
    /** The orders say different things: who judges so prefers a place, not an answer. */
    INCONSISTENT,
    /** One of the rulings has no verdict. */
    FAILED
  }

  /** What both say together. */
  public Outcome outcome() {
    if (!inOrder.ok() || !swapped.ok()) {
      return Outcome.FAILED;
    }
    Outcome one = of(inOrder, "A");
    Outcome other = of(swapped, "B");
    return one == other ? one : Outcome.INCONSISTENT;
  }

  private static Outcome of(Ruling ruling, String first) {
    String verdict = ruling.verdict().orElseThrow();
    return verdict.equals("C")
        ? Outcome.TIE
        : verdict.equals(first) ? Outcome.FIRST : Outcome.SECOND;
  }

  /** Whether the answer shown first was preferred in both orders. */
  public boolean favoursA() {
    return bothSay("A");
  }

  /** Whether the answer shown last was preferred in both orders. */
  public boolean favoursB() {
    return bothSay("B");
  }

  private boolean bothSay(String verdict) {
    return inOrder.ok()
        && swapped.ok()
        && inOrder.verdict().get().equals(verdict)
        && swapped.verdict().get().equals(verdict);
  }

  /** Why there is no outcome; empty if there is one. */
  public String error() {
    return inOrder.ok() ? swapped.error() : inOrder.error();
  }
}
