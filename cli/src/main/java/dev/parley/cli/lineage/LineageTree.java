package dev.parley.cli.lineage;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A lineage as lines: what made it below it, and what that read below that. */
public final class LineageTree {

  private static final int DIGEST_SHOWN = 12;

  private final List<String> lines = new ArrayList<>();

  private LineageTree() {}

  /**
   * The lines.
   *
   * @param name of what the lineage is about
   * @param now the digest of what is there now, said if it is another; empty for a checkpoint on
   *     the way to it
   */
  public static List<String> of(String name, Optional<String> now, Lineage lineage) {
    LineageTree tree = new LineageTree();
    boolean changed = now.isPresent() && !now.get().equals(lineage.digest());
    tree.lines.add(
        name
            + now.map(LineageTree::digest).orElse("  on the way to " + lineage.output())
            + (changed ? "  changed since: it was made with" + digest(lineage.digest()) : ""));
    tree.made(lineage, "");
    return tree.lines;
  }

  private void made(Lineage lineage, String indent) {
    lines.add(indent + "by " + lineage.maker() + " on " + lineage.made());
    if (!lineage.arguments().isEmpty()) {
      lines.add(indent + "   " + String.join(" ", lineage.arguments()));
    }
    for (int i = 0; i < lineage.ancestors().size(); i++) {
      Ancestor ancestor = lineage.ancestors().get(i);
      boolean last = i == lineage.ancestors().size() - 1;
      lines.add(
          indent
              + (last ? "└─ " : "├─ ")
              + ancestor.role()
              + ": "
              + ancestor.path()
              + digest(ancestor.digest()));
      ancestor.lineage().ifPresent(own -> made(own, indent + (last ? "   " : "│  ")));
    }
  }

  private static String digest(String digest) {
    return digest.isEmpty() ? "" : "  sha256 " + shortened(digest);
  }

  private static String shortened(String digest) {
    return digest.substring(0, Math.min(DIGEST_SHOWN, digest.length()));
  }
}
