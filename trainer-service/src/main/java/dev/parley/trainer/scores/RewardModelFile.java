package dev.parley.trainer.scores;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The file beside a reward model's weights that says what its scores are like. The reward service
 * normalises with mean and deviation.
 */
public final class RewardModelFile {

  /** Its name. */
  public static final String NAME = "reward_model.json";

  /** The field of a process reward model that says what stands after each step. */
  public static final String STEP_SEPARATOR = "step_separator";

  /** The field of a model of several attributes that has the figures of each, in their order. */
  static final String ATTRIBUTES = "attributes";

  private RewardModelFile() {}

  /** Returns the figures that every reward model has, to which others may be added. */
  public static Map<String, Object> of(double[] scores) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("score_mean", mean(scores));
    figures.put("score_std", deviation(scores));
    return figures;
  }

  /** Writes figures into a model's directory. */
  public static void write(Path model, Map<String, Object> figures) {
    Path file = model.resolve(NAME);
    try {
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValue(file.toFile(), figures);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** Returns the mean. */
  public static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  /** Returns the standard deviation, with n − 1. */
  public static double deviation(double[] values) {
    double mean = mean(values);
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    return Math.sqrt(squares / (values.length - 1));
  }
}
