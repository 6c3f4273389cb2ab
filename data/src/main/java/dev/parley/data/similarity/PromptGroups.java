package dev.parley.data.similarity;

import dev.parley.data.ChatTurn;
import dev.parley.data.Fingerprint;
import dev.parley.data.Split;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Rows that have to stay together when a dataset is divided: those whose conversations open with
 * the same text, and those whose openings are near-duplicates, directly or through others. Memory:
 * about 100 bytes for each opening, and 2 kB if near ones are looked for.
 */
public final class PromptGroups {

  private final Optional<NearIndex> index;
  private final MinHash hash = new MinHash(3);
  private final Map<Fingerprint, Integer> openings = new HashMap<>();
  private final List<Fingerprint> fingerprints = new ArrayList<>();
  private final List<Integer> parents = new ArrayList<>();
  private long joined;

  /**
   * Groups of nothing yet.
   *
   * @param near the resemblance from which two openings belong together; empty if only the same
   */
  public PromptGroups(OptionalDouble near) {
    this.index =
        near.isPresent() ? Optional.of(new NearIndex(near.getAsDouble())) : Optional.empty();
  }

  /**
   * Adds a row.
   *
   * @param prompt the row's prompt
   * @return the number of its opening, for {@link #group}
   */
  public int add(List<ChatTurn> prompt) {
    List<ChatTurn> opening = Split.opening(prompt);
    Fingerprint fingerprint = Fingerprint.of(opening);
    Integer known = openings.get(fingerprint);
    if (known != null) {
      return known;
    }
    int number = fingerprints.size();
    openings.put(fingerprint, number);
    fingerprints.add(fingerprint);
    parents.add(number);
    if (index.isPresent()) {
      int[] signature = hash.signature(Deduplication.text(opening));
      for (NearIndex.Near near : index.get().near(signature)) {
        join(near.index(), number);
      }
      index.get().add(signature);
    }
    return number;
  }

  /** The number of the group that an opening is in, the same for all of the group. */
  public int group(int opening) {
    int root = opening;
    while (parents.get(root) != root) {
      root = parents.get(root);
    }
    int at = opening;
    while (parents.get(at) != root) {
      at = parents.set(at, root);
    }
    return root;
  }

  /** The fingerprint of a group: that of the least of its openings, in no order that means much. */
  public Fingerprint fingerprint(int group) {
    return fingerprints.get(group);
  }

  /** How many openings differ. */
  public int openings() {
    return fingerprints.size();
  }

  /** How many groups there are fewer than openings, since near ones were joined. */
  public long joined() {
    return joined;
  }

  /** The opening with the least fingerprint leads: a group's name does not depend on the order. */
  private void join(int a, int b) {
    int first = group(a);
    int second = group(b);
    if (first == second) {
      return;
    }
    joined++;
    boolean keep = fingerprints.get(first).compareTo(fingerprints.get(second)) <= 0;
    parents.set(keep ? second : first, keep ? first : second);
  }
}
