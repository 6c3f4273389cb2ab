package dev.parley.model.text.template;

import java.util.List;

/**
 * What a template printed.
 *
 * @param text the whole output
 * @param generated where in {@code text} the output of <code>{% generation %}</code> blocks stands,
 *     in order
 */
public record Rendered(String text, List<Region> generated) {
  /** A part of the text, as a range of code points. */
  public record Region(int start, int end) {}

  public Rendered {
    generated = List.copyOf(generated);
  }
}
