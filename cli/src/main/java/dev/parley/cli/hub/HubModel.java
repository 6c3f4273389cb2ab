package dev.parley.cli.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model on the hub.
 *
 * @param id {@code org/name}
 * @param revision a branch, a tag or a commit
 */
public record HubModel(String id, String revision) {

  /** Where a model's newest state is. */
  public static final String MAIN = "main";

  // The hub's own rule for names: letters, digits, '-', '_', '.', no '--' and no '..'.
  private static final Pattern WRITTEN =
      Pattern.compile("(?<id>[A-Za-z0-9][\\w.-]*/[A-Za-z0-9_][\\w.-]*)(?:@(?<revision>[^\\s@]+))?");

  /** What a text names, if it has the form {@code org/name} or {@code org/name@revision}. */
  public static Optional<HubModel> parse(String text) {
    Matcher matcher = WRITTEN.matcher(text);
    if (!matcher.matches() || text.contains("..") || matcher.group("id").contains("--")) {
      return Optional.empty();
    }
    return Optional.of(
        new HubModel(
            matcher.group("id"), Optional.ofNullable(matcher.group("revision")).orElse(MAIN)));
  }

  /** Whether the revision is a whole commit, which never changes. */
  public boolean isPinned() {
    return revision.matches("[0-9a-f]{40}");
  }

  /** {@code org/name@revision}; the usual branch is not said. */
  @Override
  public String toString() {
    return revision.equals(MAIN) ? id : id + "@" + revision;
  }
}
