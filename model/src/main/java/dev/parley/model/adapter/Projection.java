package dev.parley.model.adapter;

import dev.parley.model.decoder.DecoderLayout;
import dev.parley.model.weights.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A linear map of the decoder that may have an adapter.
 *
 * @param module its name, as transformers' modules are named ({@code
 *     "model.layers.0.self_attn.q_proj"})
 * @param weight its weight in the checkpoint
 * @param layer which layer it is in
 * @param place where its B stands among the arrays of {@link
 *     dev.parley.model.decoder.AdapterArrays} of its layer
 * @param stack where its A stands there, below those of other projections that read the same
 */
record Projection(String module, Slot.Part weight, int layer, int place, int stack) {

  private static final String WEIGHT = ".weight";

  /** Where the As stand in a layer's arrays. Between one and the next are the Bs of its parts. */
  static final List<Integer> STACKS = List.of(0, 4, 6, 9);

  /** Lists all of a decoder, in the order in which its program has them. */
  static List<Projection> all(DecoderLayout layout) {
    List<Projection> all = new ArrayList<>();
    for (int layer = 0; layer < layout.layers().size(); layer++) {
      DecoderLayout.Layer slots = layout.layers().get(layer);
      List<Slot> projections =
          List.of(slots.queryKeyValue(), slots.output(), slots.up(), slots.down());
      for (int i = 0; i < projections.size(); i++) {
        int place = STACKS.get(i);
        for (Slot.Part part : projections.get(i).parts()) {
          String name = part.name();
          String module = name.substring(0, name.length() - WEIGHT.length());
          all.add(new Projection(module, part, layer, ++place, STACKS.get(i)));
        }
      }
    }
    return all;
  }

  /**
   * Picks projections by their names.
   *
   * @param all those that there are
   * @param targets as {@link LoraSettings#targets} says them
   * @throws IllegalArgumentException if a target is none of them
   */
  static List<Projection> pick(List<Projection> all, List<String> targets) {
    if (targets.equals(List.of(LoraSettings.ALL_LINEAR))) {
      return all;
    }
    for (String target : targets) {
      if (all.stream().noneMatch(projection -> projection.answersTo(target))) {
        throw new IllegalArgumentException(
            "the model has no projection \"%s\"; it has %s, and %s for all of them"
                .formatted(target, String.join(", ", names(all, all)), LoraSettings.ALL_LINEAR));
      }
    }
    return all.stream()
        .filter(projection -> targets.stream().anyMatch(projection::answersTo))
        .toList();
  }

  /** Tells whether a target means this, by the rule of PEFT's target_modules. */
  private boolean answersTo(String target) {
    return module.equals(target) || module.endsWith("." + target);
  }

  /**
   * Names projections: by the last part of the name where all that end in it are meant, else in
   * full.
   *
   * @param chosen those that are meant
   * @param all those that there are
   */
  static List<String> names(List<Projection> chosen, List<Projection> all) {
    Set<String> shortOfOthers =
        all.stream()
            .filter(projection -> !chosen.contains(projection))
            .map(Projection::shortName)
            .collect(Collectors.toSet());
    return chosen.stream()
        .map(
            projection ->
                shortOfOthers.contains(projection.shortName())
                    ? projection.module()
                    : projection.shortName())
        .distinct()
        .toList();
  }

  private String shortName() {
    return module.substring(module.lastIndexOf('.') + 1);
  }

  /** Returns the length of what it reads. */
  long inputs() {
    return weight.shape().get(weight.transposed() ? 0 : 1);
  }

  /** Returns the length of what it gives. */
  long outputs() {
    return weight.shape().get(weight.transposed() ? 1 : 0);
  }
}
