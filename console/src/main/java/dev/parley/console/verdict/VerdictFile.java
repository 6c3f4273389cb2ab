package dev.parley.console.verdict;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.console.study.Turn;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a study's verdicts are written as, one JSON object a line. */
public enum VerdictFile {

  /** To learn from: {@code parley train} and {@code parley data} read it. */
  PREFERENCES("preferences") {
    @Override
    Optional<ObjectNode> row(VerdictRow verdict) {
      return verdict.choice().counts() ? Optional.of(preference(verdict)) : Optional.empty();
    }
  },

  /** To rate models by: {@code parley arena} reads it. */
  BATTLES("battles") {
    @Override
    Optional<ObjectNode> row(VerdictRow verdict) {
      return verdict.choice().counts()
              && verdict.answers().firstModel().isPresent()
              && verdict.answers().secondModel().isPresent()
          ? Optional.of(battle(verdict))
          : Optional.empty();
    }
  },

  /** All that is known, to look into. */
  VERDICTS("verdicts") {
    @Override
    Optional<ObjectNode> row(VerdictRow verdict) {
      return Optional.of(whole(verdict));
    }
  };

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String stem;

  VerdictFile(String stem) {
    this.stem = stem;
  }

  /** The file's name without what follows the dot. */
  public String stem() {
    return stem;
  }

  abstract Optional<ObjectNode> row(VerdictRow verdict);

  /** The line of a verdict, without its end; none if it has no place in this file. */
  public Optional<String> line(VerdictRow verdict) {
    return row(verdict)
        .map(
            row -> {
              try {
                return JSON.writeValueAsString(row);
              } catch (JsonProcessingException e) {
                throw new IllegalStateException("a tree of texts and numbers is JSON", e);
              }
            });
  }

  /** Parley's own shape of a preference: docs/data.md. */
  private static ObjectNode preference(VerdictRow verdict) {
    boolean secondChosen = verdict.choice() == Choice.SECOND;
    ObjectNode row = JsonNodeFactory.instance.objectNode();
    row.put("parley", "preference");
    row.set("prompt", turns(verdict.prompt()));
    row.set("chosen", turns(secondChosen ? verdict.answers().second() : verdict.answers().first()));
    row.set(
        "rejected", turns(secondChosen ? verdict.answers().first() : verdict.answers().second()));
    verdict.strength().ifPresent(strength -> row.put("margin", strength.margin()));
    if (verdict.choice().tie()) {
      row.put("tie", true);
    }
    return row.put("source", "human").put("annotator", verdict.annotator());
  }

  private static ObjectNode battle(VerdictRow verdict) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("question_id", verdict.questionId())
        .put("model_a", verdict.answers().firstModel().orElseThrow())
        .put("model_b", verdict.answers().secondModel().orElseThrow())
        .put(
            "winner",
            switch (verdict.choice()) {
              case FIRST -> "model_a";
              case SECOND -> "model_b";
              case BOTH_BAD -> "tie (bothbad)";
              default -> "tie";
            })
        .put("judge", verdict.annotator());
  }

  private static ObjectNode whole(VerdictRow verdict) {
    ObjectNode row = JsonNodeFactory.instance.objectNode();
    row.put("id", verdict.id()).put("question_id", verdict.questionId());
    row.set("prompt", turns(verdict.prompt()));
    row.set("answer_a", turns(verdict.answers().first()));
    row.set("answer_b", turns(verdict.answers().second()));
    verdict.answers().firstModel().ifPresent(model -> row.put("model_a", model));
    verdict.answers().secondModel().ifPresent(model -> row.put("model_b", model));
    row.put("annotator", verdict.annotator());
    row.put(
        "choice",
        switch (verdict.choice()) {
          case FIRST -> "a";
          case SECOND -> "b";
          default -> lower(verdict.choice());
        });
    verdict.strength().ifPresent(strength -> row.put("strength", lower(strength)));
    row.put("reason", verdict.reason());
    row.put("left", verdict.firstLeft() ? "a" : "b");
    row.put("seconds", Math.round(verdict.seconds() * 10) / 10.0);
    return row.put("given_at", verdict.givenAt().toString());
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static ArrayNode turns(List<Turn> turns) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (Turn turn : turns) {
      array.addObject().put("role", turn.role()).put("content", turn.content());
    }
    return array;
  }
}
