package dev.parley.data.shape;

import dev.parley.data.ChatTurn;
import java.util.List;

/** How far two conversations are the same. */
final class CommonPrefix {

  private CommonPrefix() {}

  /** The number of equal turns at the beginning. */
  static int length(List<ChatTurn> a, List<ChatTurn> b) {
    int equal = 0;
    while (equal < Math.min(a.size(), b.size()) && a.get(equal).equals(b.get(equal))) {
      equal++;
    }
    return equal;
  }
}
