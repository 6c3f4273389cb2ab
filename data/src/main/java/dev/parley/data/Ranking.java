package dev.parley.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Several answers to one prompt in the order in which somebody found them good (Ouyang et al. 2022,
 * arXiv:2203.02155, §3.4). It says what its pairs say; kept together, each answer needs to be read
 * only once.
 *
 * @param prompt the turns that all answers continue
 * @param answers the turns of each of the K answers, at least two
 * @param ranks of the answers, {@code [K]}: lower is better, equal ranks are ties, gaps mean
 *     nothing
 * @param source who judged
 * @param annotator name of the person, the rule, or the model with its version; empty if nobody
 *     said
 */
public record Ranking(
    List<ChatTurn> prompt,
    List<List<ChatTurn>> answers,
    List<Double> ranks,
    PreferenceSource source,
    String annotator)
    implements Example {

  /**
   * Checks and copies.
   *
   * @throws InvalidExampleException if the turns do not make a prompt with at least two answers, if
   *     there is not one finite rank for each, or the same answer has two ranks
   */
  public Ranking {
    prompt = List.copyOf(prompt);
    answers = answers.stream().map(List::copyOf).toList();
    ranks = List.copyOf(ranks);
    Turns.requirePrompt(prompt);
    if (answers.size() < 2) {
      throw new InvalidExampleException(
          Defect.WRONG_VALUE,
          "a ranking of %d answers; expected at least two".formatted(answers.size()));
    }
    if (ranks.size() != answers.size()) {
      throw new InvalidExampleException(
          Defect.WRONG_VALUE,
          "%d ranks for %d answers; expected one for each".formatted(ranks.size(), answers.size()));
    }
    for (int i = 0; i < answers.size(); i++) {
      Turns.requireAnswer("answer %d".formatted(i + 1), answers.get(i));
      if (!Double.isFinite(ranks.get(i))) {
        throw new InvalidExampleException(
            Defect.WRONG_VALUE,
            "the rank of answer %d is %s; expected a finite number".formatted(i + 1, ranks.get(i)));
      }
      int earlier = answers.indexOf(answers.get(i));
      if (!ranks.get(earlier).equals(ranks.get(i))) {
        throw new InvalidExampleException(
            Defect.SAME_ANSWERS,
            "answers %d and %d are the same text with the ranks %s and %s; expected different answers, or the same rank"
                .formatted(earlier + 1, i + 1, ranks.get(earlier), ranks.get(i)));
      }
    }
  }

  /**
   * The order that scores give, higher being better: an answer's rank is one more than the number
   * of answers with a higher score. How far scores are apart is not kept.
   *
   * @throws InvalidExampleException as the constructor does
   */
  public static Ranking ofScores(
      List<ChatTurn> prompt,
      List<List<ChatTurn>> answers,
      List<Double> scores,
      PreferenceSource source,
      String annotator) {
    List<Double> ranks = new ArrayList<>(scores.size());
    for (int i = 0; i < scores.size(); i++) {
      double score = scores.get(i);
      if (!Double.isFinite(score)) {
        throw new InvalidExampleException(
            Defect.WRONG_VALUE,
            "the score of answer %d is %s; expected a finite number".formatted(i + 1, score));
      }
      ranks.add(1.0 + scores.stream().filter(other -> other > score).count());
    }
    return new Ranking(prompt, answers, ranks, source, annotator);
  }

  /** All K(K − 1)/2 pairs, the better answer chosen; a pair of equal ranks is a tie. */
  public List<Preference> pairs() {
    List<Preference> pairs = new ArrayList<>(answers.size() * (answers.size() - 1) / 2);
    for (int i = 0; i < answers.size(); i++) {
      for (int j = i + 1; j < answers.size(); j++) {
        boolean inOrder = ranks.get(i) <= ranks.get(j);
        pairs.add(
            new Preference(
                prompt,
                answers.get(inOrder ? i : j),
                answers.get(inOrder ? j : i),
                OptionalDouble.empty(),
                ranks.get(i).equals(ranks.get(j)),
                source,
                annotator));
      }
    }
    return pairs;
  }

  @Override
  public PromptRow asPrompt() {
    return new PromptRow(prompt, Optional.empty(), Map.of());
  }

  @Override
  public String kind() {
    return "ranking";
  }
}
