package dev.parley.model.weights;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How a family's checkpoints name their tensors.
 *
 * @param optionalPrefix a prefix that some checkpoints leave out ({@code "transformer."} in the
 *     published GPT-2 files); empty if there is none
 * @param head the output head, which files of a tied model may hold as a copy of the embedding
 * @param embedding the embedding table
 * @param ignorable patterns of tensors that hold no parameters (masks, tables of frequencies)
 */
public record TensorNaming(
    String optionalPrefix, String head, String embedding, List<Pattern> ignorable) {

  /** Copies the list. */
  public TensorNaming {
    ignorable = List.copyOf(ignorable);
  }

  /** Returns the name under which a tensor is stored, if it is. */
  Optional<String> find(String name, Set<String> stored) {
    if (stored.contains(name)) {
      return Optional.of(name);
    }
    if (!optionalPrefix.isEmpty() && name.startsWith(optionalPrefix)) {
      String bare = name.substring(optionalPrefix.length());
      return stored.contains(bare) ? Optional.of(bare) : Optional.empty();
    }
    return Optional.empty();
  }

  /** Tells whether a tensor may be passed over. */
  boolean ignorable(String name) {
    return ignorable.stream().anyMatch(pattern -> pattern.matcher(name).matches());
  }
}
