package dev.parley.data.shape;

import com.fasterxml.jackson.databind.JsonNode;
import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.PreferenceSource;
import dev.parley.data.Ranking;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Several answers to a prompt with a rank each (1 is best) or a score each (more is better): {@code
 * prompt} and {@code answers}, which are texts or lists of turns with {@code ranks} or {@code
 * scores} beside them, or, as Nectar has them, objects with {@code answer} and {@code rank} (or
 * {@code score}).
 */
final class RankingShape implements RowShape {

  private static final String ANSWERS = "answers";
  private static final String RANKS = "ranks";
  private static final String SCORES = "scores";

  @Override
  public String name() {
    return "ranking";
  }

  @Override
  public Set<String> requires() {
    return Set.of("prompt", ANSWERS);
  }

  @Override
  public Set<String> excludes() {
    return Set.of("completion", "chosen", "rejected", "messages", "conversations", "response");
  }

  @Override
  public boolean matches(RowFields row) {
    return RowShape.super.matches(row) && (row.has(RANKS) || row.has(SCORES) || isNectar(row));
  }

  @Override
  public Example read(RowFields row) {
    row.requireTextOnly();
    List<List<ChatTurn>> answers;
    List<Double> order;
    boolean byRank;
    if (isNectar(row)) {
      answers = new ArrayList<>();
      JsonNode list = row.node(ANSWERS);
      byRank = list.get(0).has("rank");
      String key = byRank ? "rank" : "score";
      order = new ArrayList<>();
      for (int i = 0; i < list.size(); i++) {
        String where = "%s[%d].".formatted(ANSWERS, i);
        answers.add(RowFields.answer(list.get(i).get("answer"), where + "answer"));
        order.add(RowFields.numberOf(list.get(i).get(key), "'%s%s'".formatted(where, key)));
      }
    } else {
      if (row.has(RANKS) && row.has(SCORES)) {
        throw new InvalidExampleException(
            Defect.AMBIGUOUS_SHAPE,
            "'ranks' (1 is best) and 'scores' (more is better) stand side by side; expected one of them");
      }
      byRank = row.has(RANKS);
      order = row.numbers(byRank ? RANKS : SCORES);
      answers = row.answers(ANSWERS);
    }
    List<ChatTurn> prompt = row.promptTurns("prompt");
    if (byRank || order.size() != answers.size()) {
      return new Ranking(prompt, answers, order, PreferenceSource.UNKNOWN, "");
    }
    return Ranking.ofScores(prompt, answers, order, PreferenceSource.UNKNOWN, "");
  }

  private static boolean isNectar(RowFields row) {
    if (!row.has(ANSWERS)) {
      return false;
    }
    JsonNode first = row.node(ANSWERS).path(0);
    return first.has("answer") && (first.has("rank") || first.has("score"));
  }
}
