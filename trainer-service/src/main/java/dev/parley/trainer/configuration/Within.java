package dev.parley.trainer.configuration;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Which numbers a setting takes, as an {@link Interval} writes them: {@code "[0, 1)"}, {@code "(0,
 * ∞)"}, {@code "0 | (1, ∞)"}. Any other number is refused before a run starts.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Within {

  /** Returns the interval. */
  String value();
}
