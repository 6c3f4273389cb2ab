package dev.parley.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Divides a dataset into a part to learn from and a part that is held out, so that nothing leaks
 * from one to the other.
 *
 * <p>A row's side depends only on the seed and on how its conversation opens: the turns up to the
 * first user turn. Rows with the same prompt therefore share a side, and so do rows that are later
 * moments of one conversation, whose prompts would otherwise show the answers of earlier rows. The
 * order of rows, of files and of runs does not matter; adding rows moves none of the old ones.
 *
 * @param heldOut the share of openings to hold out, 0 to 1; the share of rows is close to it when
 *     openings seldom repeat
 * @param seed another seed gives another, equally good division
 */
public record Split(double heldOut, long seed) {

  /** The sides of a split. */
  public enum Side {
    /** To learn from. */
    TRAIN,
    /** To measure on. */
    HELD_OUT
  }

  /**
   * Checks the share.
   *
   * @throws IllegalArgumentException if it is not between 0 and 1
   */
  public Split {
    if (!(heldOut >= 0 && heldOut <= 1)) {
      throw new IllegalArgumentException(
          "the held-out share is " + heldOut + "; expected a number from 0 to 1");
    }
  }

  /** The side of a row. */
  public Side sideOf(Example example) {
    // The upper 53 bits, as a number in [0, 1) that a double holds exactly.
    double place = (Fingerprint.of(opening(example.prompt()), seed).high() >>> 11) * 0x1.0p-53;
    return place < heldOut ? Side.HELD_OUT : Side.TRAIN;
  }

  /**
   * How a conversation opens: its turns up to the first user turn, without white space around them.
   */
  public static List<ChatTurn> opening(List<ChatTurn> prompt) {
    List<ChatTurn> opening = new ArrayList<>();
    for (ChatTurn turn : prompt) {
      opening.add(new ChatTurn(turn.role(), turn.content().strip()));
      if (turn.role().equals(ChatTurn.USER)) {
        break;
      }
    }
    return opening;
  }
}
