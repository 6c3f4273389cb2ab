package dev.parley.data.similarity;

import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.Fingerprint;
import dev.parley.data.Preference;
import dev.parley.data.Ranking;
import dev.parley.data.Rating;
import dev.parley.data.Solution;
import dev.parley.data.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Finds rows that an earlier row has said already, in the order in which they come. A row that is
 * found is not compared with later ones: what stays is the first of its kind. Memory: about 100
 * bytes for each row that stays, and 2 kB if near ones are looked for.
 *
 * @param <P> how a row is named
 */
public final class Deduplication<P> {

  /** What of a row is compared. */
  public enum By {
    /** All turns: the prompt and its answers. */
    ROW,
    /** The prompt alone: rows that ask the same, whatever was answered. */
    PROMPT
  }

  /**
   * An earlier row that says the same.
   *
   * @param first how it is named
   * @param resemblance 1 if the text is the same, else the estimated share of word runs in common
   * @param <P> how a row is named
   */
  public record Repeat<P>(P first, double resemblance) {}

  private final By by;
  private final MinHash hash;
  private final Optional<NearIndex> index;
  private final Map<Fingerprint, P> exact = new HashMap<>();
  private final List<P> kept = new ArrayList<>();

  /**
   * Looks for repeats.
   *
   * @param by what is compared
   * @param near the resemblance from which two are near-duplicates; empty for the same text alone
   * @param runWords words in a run
   */
  public Deduplication(By by, OptionalDouble near, int runWords) {
    this.by = by;
    this.hash = new MinHash(runWords);
    this.index =
        near.isPresent() ? Optional.of(new NearIndex(near.getAsDouble())) : Optional.empty();
  }

  /**
   * Takes the next row.
   *
   * @param place how it is named
   * @return the earlier row that says the same; of several near ones the nearest, of those the
   *     first
   */
  public Optional<Repeat<P>> add(Example example, P place) {
    List<ChatTurn> turns = by == By.PROMPT ? example.prompt() : turns(example);
    P same = exact.putIfAbsent(Fingerprint.of(turns), place);
    if (same != null) {
      return Optional.of(new Repeat<>(same, 1));
    }
    if (index.isEmpty()) {
      return Optional.empty();
    }
    int[] signature = hash.signature(text(turns));
    NearIndex.Near nearest = null;
    for (NearIndex.Near near : index.get().near(signature)) {
      if (nearest == null || near.resemblance() > nearest.resemblance()) {
        nearest = near;
      }
    }
    if (nearest != null) {
      return Optional.of(new Repeat<>(kept.get(nearest.index()), nearest.resemblance()));
    }
    index.get().add(signature);
    kept.add(place);
    return Optional.empty();
  }

  /**
   * Everything that a row says, as turns: a pair with its answers in the other order, or an answer
   * with another score, says something else.
   */
  public static List<ChatTurn> turns(Example example) {
    if (example instanceof Demonstration demonstration) {
      return demonstration.conversation();
    }
    List<ChatTurn> turns = new ArrayList<>(example.prompt());
    if (example instanceof Preference pair) {
      turns.addAll(pair.chosen());
      // A turn that no row has: where one answer ends and the other begins counts too.
      turns.add(new ChatTurn(pair.tie() ? "tie" : "better-than", ""));
      turns.addAll(pair.rejected());
    } else if (example instanceof Ranking ranking) {
      for (int i = 0; i < ranking.answers().size(); i++) {
        turns.addAll(ranking.answers().get(i));
        turns.add(new ChatTurn("rank", ranking.ranks().get(i).toString()));
      }
    } else if (example instanceof Rating rating) {
      turns.addAll(rating.answer());
      turns.add(new ChatTurn("scores", rating.scores().toString()));
    } else if (example instanceof Verdict verdict) {
      turns.addAll(verdict.answer());
      turns.add(new ChatTurn("desirable", Boolean.toString(verdict.desirable())));
    } else if (example instanceof Solution solution) {
      solution
          .steps()
          .forEach(
              step -> {
                turns.add(ChatTurn.assistant(step.text()));
                turns.add(new ChatTurn("label", step.label().toString()));
              });
    }
    return turns;
  }

  static String text(List<ChatTurn> turns) {
    StringBuilder text = new StringBuilder();
    turns.forEach(turn -> text.append(turn.content()).append('\n'));
    return text.toString();
  }
}
