package dev.parley.cli.scoring;

import dev.parley.data.PreferenceAgreement;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the scores of many answers were like. */
final class ScoreSummary {

  private long scored;
  private long failed;
  private String firstError = "";
  private double mean;
  private double squares;
  private double lowest = Double.POSITIVE_INFINITY;
  private double highest = Double.NEGATIVE_INFINITY;
  private Score chosen;
  private PreferenceAgreement agreement = PreferenceAgreement.NONE;

  /** Takes the next verdict. Of a pair, the chosen answer comes right before the rejected one. */
  void add(Answer answer, Score score) {
    if (score.getStatus() == Status.STATUS_OK) {
      scored(score.getValue());
    } else {
      failed(score.getError());
    }
    switch (answer.side()) {
      case NONE -> chosen = null;
      case CHOSEN -> chosen = score;
      case REJECTED -> compare(chosen, score);
    }
  }

  /** Takes an answer that has no score. */
  void failed(String error) {
    failed++;
    firstError = firstError.isEmpty() ? error : firstError;
  }

  /** Takes a score: mean and squares as they come (Welford 1962). */
  void scored(double value) {
    scored++;
    double away = value - mean;
    mean += away / scored;
    squares += away * (value - mean);
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }

  private void compare(Score better, Score worse) {
    if (better.getStatus() == Status.STATUS_OK && worse.getStatus() == Status.STATUS_OK) {
      agreement = agreement.and(better.getValue(), worse.getValue());
    }
  }

  /** Returns whether there were answers, and none could be scored. */
  boolean nothingScored() {
    return scored == 0 && failed > 0;
  }

  /** Lines for a person. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        scored == 0
            ? "no answer was scored"
            : text(
                "%,d %s scored: mean %.4g, spread %.4g, from %.4g to %.4g",
                scored,
                scored == 1 ? "answer" : "answers",
                mean,
                scored == 1 ? 0 : Math.sqrt(squares / (scored - 1)),
                lowest,
                highest));
    if (failed > 0) {
      lines.add(text("%,d failed; the first: %s", failed, firstError));
    }
    if (agreement.pairs() > 0) {
      double[] interval = agreement.interval();
      lines.add(
          text(
              "%,d pairs: chosen above rejected in %.1f%% (95%% interval %.1f%% to %.1f%%)",
              agreement.pairs(), 100 * agreement.share(), 100 * interval[0], 100 * interval[1]));
    }
    return lines;
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
