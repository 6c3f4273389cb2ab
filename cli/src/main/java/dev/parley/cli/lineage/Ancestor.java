package dev.parley.cli.lineage;

import dev.parley.cli.Failure;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Something that a command read.
 *
 * @param role what for: "model", "data", "reward", "reference", or a name of the user's choice
 * @param path where it was
 * @param digest of its content as it was read; empty if it was not on this machine
 * @param lineage where it came from itself, if that was stored beside it
 */
public record Ancestor(String role, String path, String digest, Optional<Lineage> lineage) {

  /**
   * A file or directory as it is now.
   *
   * @throws Failure if it cannot be read
   */
  public static Ancestor of(String role, Path path) {
    return new Ancestor(
        role, path.normalize().toString(), ContentDigest.of(path), Lineage.find(path));
  }

  /**
   * What a user's word names: a file, a directory, a pattern of files, or an id on the hub, which
   * is taken at its word; so are files that are not there, of which their reader will say so.
   *
   * @throws Failure if a file cannot be read
   */
  public static List<Ancestor> named(String role, String written) {
    if (written.startsWith("rules:")) {
      return named(role, written.substring("rules:".length()));
    }
    Path path = Path.of(written);
    if (Files.exists(path)) {
      return List.of(of(role, path));
    }
    try {
      List<Ancestor> all = new ArrayList<>();
      Dataset.of(written).files().forEach(file -> all.add(of(role, file)));
      return all;
    } catch (DatasetException e) {
      return List.of(new Ancestor(role, written, "", Optional.empty()));
    }
  }
}
