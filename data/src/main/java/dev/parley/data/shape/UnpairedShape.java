package dev.parley.data.shape;

import dev.parley.data.Defect;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import java.util.Set;

/**
 * Answers with a verdict each (KTO): {@code messages} or {@code completion} with {@code label} or
 * {@code kto_tag}. Known by name so that an answer labelled bad is never taken for one to imitate.
 */
final class UnpairedShape implements RowShape {

  private static final Set<String> ANSWERS =
      Set.of("messages", "conversations", "completion", "output");

  @Override
  public String name() {
    return "unpaired";
  }

  @Override
  public Set<String> requires() {
    return Set.of("label");
  }

  @Override
  public Set<String> excludes() {
    return Set.of("chosen", "rejected", "output_1", "output_2");
  }

  @Override
  public boolean matches(RowFields row) {
    boolean tagged = row.has("kto_tag");
    boolean labelled = row.has("label") && !(row.has("instruction") && row.has("output"));
    return (tagged || labelled)
        && ANSWERS.stream().anyMatch(row::has)
        && excludes().stream().noneMatch(row::has);
  }

  @Override
  public Example read(RowFields row) {
    throw new InvalidExampleException(
        Defect.UNSUPPORTED,
        "the row has one answer and a verdict on it (keys %s), which no recipe reads; expected pairs with chosen and rejected"
            .formatted(row.keys()));
  }
}
