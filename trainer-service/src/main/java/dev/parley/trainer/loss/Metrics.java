package dev.parley.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Figures of one micro-batch, by name. They are made so that {@link #plus} over all parts gives the
 * figures of the global batch: means are already divided by the global count and add up.
 */
public final class Metrics {
  private enum Join {
    SUM,
    LEAST,
    GREATEST
  }

  private record Figure(double value, Join join) {
    Figure with(Figure other) {
      return switch (join) {
        case SUM -> new Figure(value + other.value, join);
        case LEAST -> new Figure(Math.min(value, other.value), join);
        case GREATEST -> new Figure(Math.max(value, other.value), join);
      };
    }
  }

  private final Map<String, Figure> figures;

  private Metrics(Map<String, Figure> figures) {
    this.figures = figures;
  }

  /** Starts a collection of figures. */
  public static Reader read() {
    return new Reader();
  }

  /**
   * The figures by name, in the order they were given.
   *
   * @return an unmodifiable map
   */
  public Map<String, Double> values() {
    Map<String, Double> values = new LinkedHashMap<>();
    figures.forEach((name, figure) -> values.put(name, figure.value));
    return Collections.unmodifiableMap(values);
  }

  /**
   * One figure.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public double get(String name) {
    Figure figure = figures.get(name);
    if (figure == null) {
      throw new IllegalArgumentException(
          "no metric %s; there are %s".formatted(name, figures.keySet()));
    }
    return figure.value;
  }

  /** The figures of both parts together. */
  public Metrics plus(Metrics other) {
    Map<String, Figure> joined = new LinkedHashMap<>(figures);
    other.figures.forEach((name, figure) -> joined.merge(name, figure, Figure::with));
    return new Metrics(joined);
  }

  /** Adds up the parts of a batch, in their order; empty if there are none. */
  public static Metrics sum(List<Metrics> parts) {
    return parts.stream().reduce(new Metrics(Map.of()), Metrics::plus);
  }

  /** The same figures, one of them under another name. */
  public Metrics renamed(String name, String other) {
    Map<String, Figure> renamed = new LinkedHashMap<>();
    figures.forEach((key, figure) -> renamed.put(key.equals(name) ? other : key, figure));
    return new Metrics(renamed);
  }

  /** Collects scalars, then copies all of them from the device at once. */
  public static final class Reader {
    private final NDList scalars = new NDList();
    private final List<String> names = new ArrayList<>();
    private final List<Join> joins = new ArrayList<>();

    private Reader() {}

    /** A figure that adds up over the parts of a batch: a sum, or a mean over the global batch. */
    public Reader sum(String name, NDArray scalar) {
      return add(name, scalar, Join.SUM);
    }

    /** A figure of which the least of all parts is kept. */
    public Reader least(String name, NDArray scalar) {
      return add(name, scalar, Join.LEAST);
    }

    /** A figure of which the greatest of all parts is kept. */
    public Reader greatest(String name, NDArray scalar) {
      return add(name, scalar, Join.GREATEST);
    }

    /** Copies the figures from the device. */
    public Metrics now() {
      float[] values = NDArrays.stack(scalars).toFloatArray();
      Map<String, Figure> figures = new LinkedHashMap<>();
      for (int i = 0; i < values.length; i++) {
        figures.put(names.get(i), new Figure(values[i], joins.get(i)));
      }
      return new Metrics(figures);
    }

    private Reader add(String name, NDArray scalar, Join join) {
      names.add(name);
      scalars.add(scalar);
      joins.add(join);
      return this;
    }
  }
}
