package dev.parley.model.text.template;

import java.time.Clock;
import java.util.Map;

/**
 * A parsed template. Immutable: one template may render in many threads at once.
 *
 * <p>Everything a template is given is data: text in a message that looks like a tag is printed as
 * it is.
 */
public final class Template {
  private final Parser.Parsed parsed;

  private Template(Parser.Parsed parsed) {
    this.parsed = parsed;
  }

  /**
   * Reads a template.
   *
   * @throws TemplateException if it is not valid Jinja2, or uses what this engine does not support;
   *     the message names the construct and its line
   */
  public static Template parse(String source) {
    try {
      return new Template(Parser.parse(source));
    } catch (StackOverflowError e) {
      throw new TemplateException(1, "its expressions or blocks are nested too deeply", false, e);
    }
  }

  /** Whether the template says which text is the assistant's. */
  public boolean marksGeneration() {
    return parsed.marksGeneration();
  }

  /**
   * Renders the template.
   *
   * @param variables strings, numbers, booleans, null, and maps and collections of these
   * @param clock the time that {@code strftime_now} tells, in its zone
   * @throws TemplateException if the template fails, calls {@code raise_exception}, or does more
   *     work than one rendering may
   */
  public Rendered render(Map<String, ?> variables, Clock clock) {
    Interpreter interpreter = new Interpreter(clock);
    try {
      return interpreter.run(parsed.body(), variables);
    } catch (StackOverflowError e) {
      throw new TemplateException(
          interpreter.line(), "macros or values are nested too deeply", false, e);
    }
  }
}
