package dev.parley.trainer.scores;

import dev.parley.trainer.offline.Objective.Evaluation;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What a model gives answers that it has not learnt from, and what people gave them, by all of its
 * attributes.
 *
 * @param all in the order of the model's outputs, of the same answers; each is rated by one at
 *     least
 */
public record HeldOutAttributes(List<HeldOutRatings> all) implements Evaluation {

  /** Copies the list. */
  public HeldOutAttributes {
    all = List.copyOf(all);
  }

  /** Returns the mean squared error of all ratings, and means over attributes. */
  @Override
  public Map<String, Double> metrics() {
    double squares = all.stream().mapToDouble(HeldOutRatings::squares).sum();
    double ratings = all.stream().mapToDouble(HeldOutRatings::ratings).sum();
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(HeldOutRatings.LOSS, squares / ratings);
    metrics.put(HeldOutRatings.R2, mean(HeldOutRatings::explained));
    metrics.put(HeldOutRatings.CORRELATION, mean(HeldOutRatings::rankCorrelation));
    return metrics;
  }

  private double mean(ToDoubleFunction<HeldOutRatings> figure) {
    return all.stream()
        .filter(one -> one.ratings() > 0)
        .mapToDouble(figure)
        .average()
        .orElseThrow();
  }

  @Override
  public void write(Path model, boolean heldOut) {
    Map<String, Object> figures = new LinkedHashMap<>();
    if (all.size() == 1) {
      figures.putAll(all.get(0).figures());
    } else {
      figures.put(RewardModelFile.ATTRIBUTES, all.stream().map(HeldOutRatings::figures).toList());
    }
    figures.put("held_out", heldOut);
    RewardModelFile.write(model, figures);
  }
}
