package dev.parley.trainer.experience;

import dev.parley.data.PreferenceSource;
import dev.parley.trainer.experience.LearningData.JudgedPair;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers to one prompt, and what was said about pairs of them. It is what goes through the model
 * together, each answer once however many pairs it is in.
 *
 * @param answers K answers as tokens, each with the whole conversation before it, no two alike
 * @param judgements at least one
 */
public record Comparison(List<int[]> answers, List<Judgement> judgements) implements ScoredRow {

  /**
   * One pair.
   *
   * @param better index of the better answer
   * @param worse index of the other one
   * @param margin by how much
   * @param tie whether neither is better
   * @param source who said so
   * @param confidence how likely that is right, ½ to 1
   */
  public record Judgement(
      int better,
      int worse,
      double margin,
      boolean tie,
      PreferenceSource source,
      double confidence) {}

  /** Copies the lists. */
  public Comparison {
    answers = List.copyOf(answers);
    judgements = List.copyOf(judgements);
  }

  @Override
  public List<int[]> sequences() {
    return answers;
  }

  /** Returns the last token of each answer. */
  @Override
  public int[] scored() {
    int[] last = answers.stream().mapToInt(answer -> answer.length).toArray();
    Arrays.parallelPrefix(last, Integer::sum);
    return Arrays.stream(last).map(end -> end - 1).toArray();
  }

  /**
   * Makes comparisons of pairs, in the order in which their first pairs come.
   *
   * @param pairs what was read
   * @param byPrompt whether all pairs of a prompt make one, rather than those of a row alone, which
   *     are several in a ranking
   */
  public static List<Comparison> of(List<JudgedPair> pairs, boolean byPrompt) {
    Map<Object, List<JudgedPair>> together = new LinkedHashMap<>();
    for (JudgedPair pair : pairs) {
      Object key = byPrompt ? pair.prompt() : pair.row();
      together.computeIfAbsent(key, unused -> new ArrayList<>()).add(pair);
    }
    return together.values().stream().map(Comparison::of).toList();
  }

  private static Comparison of(List<JudgedPair> pairs) {
    List<int[]> answers = new ArrayList<>();
    Map<IntBuffer, Integer> places = new LinkedHashMap<>(); // a buffer is equal by its contents
    List<Judgement> judgements = new ArrayList<>();
    for (JudgedPair judged : pairs) {
      judgements.add(
          new Judgement(
              place(judged.pair().chosen(), answers, places),
              place(judged.pair().rejected(), answers, places),
              judged.pair().margin(),
              judged.tie(),
              judged.source(),
              judged.confidence()));
    }
    return new Comparison(answers, judgements);
  }

  private static int place(int[] answer, List<int[]> answers, Map<IntBuffer, Integer> places) {
    return places.computeIfAbsent(
        IntBuffer.wrap(answer),
        key -> {
          answers.add(answer);
          return answers.size() - 1;
        });
  }
}
