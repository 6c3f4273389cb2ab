package dev.parley.data.shape;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.data.PromptRow;
import dev.parley.data.Ranking;
import dev.parley.data.Rating;
import dev.parley.data.Solution;
import dev.parley.data.Verdict;
import dev.parley.data.spelling.Spelling;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Parley's own form, which the writer produces: {@code parley} names the kind of example, every
 * other key is a field of its record. The only closed shape: an unknown key is an error, not
 * metadata.
 */
public final class ParleyShape implements RowShape {

  private static final String KIND = "parley";
  private static final Set<String> KINDS =
      Set.of("demonstration", "preference", "prompt", "ranking", "rating", "solution", "verdict");

  @Override
  public String name() {
    return "parley";
  }

  @Override
  public Set<String> requires() {
    return Set.of(KIND);
  }

  @Override
  public Set<String> excludes() {
    return Set.of();
  }

  @Override
  public Example read(RowFields row) {
    String kind = row.text(KIND);
    return switch (kind) {
      case "demonstration" -> {
        requireKeys(row, "conversation", "source");
        yield new Demonstration(
            row.turns("conversation"), row.optionalText("source").orElse(row.origin()));
      }
      case "preference" -> {
        requireKeys(
            row,
            "prompt",
            "chosen",
            "rejected",
            "margin",
            "tie",
            "source",
            "annotator",
            "confidence");
        yield new Preference(
            row.turns("prompt"),
            row.turns("chosen"),
            row.turns("rejected"),
            row.optionalNumber("margin"),
            row.flag("tie"),
            source(row.optionalText("source")),
            row.optionalText("annotator").orElse(""),
            row.optionalNumber("confidence"));
      }
      case "verdict" -> {
        requireKeys(row, "prompt", "answer", "desirable");
        yield new Verdict(row.turns("prompt"), row.turns("answer"), row.verdict("desirable"));
      }
      case "prompt" -> {
        requireKeys(row, "prompt", "reference_answer", "metadata");
        yield new PromptRow(
            row.turns("prompt"), row.optionalText("reference_answer"), row.textMap("metadata"));
      }
      case "ranking" -> {
        requireKeys(row, "prompt", "answers", "ranks", "source", "annotator");
        yield new Ranking(
            row.turns("prompt"),
            row.answers("answers"),
            row.numbers("ranks"),
            source(row.optionalText("source")),
            row.optionalText("annotator").orElse(""));
      }
      case "rating" -> {
        requireKeys(row, "prompt", "answer", "scores");
        yield new Rating(row.turns("prompt"), row.turns("answer"), row.numberMap("scores"));
      }
      case "solution" -> {
        requireKeys(row, "prompt", "steps", "labels");
        yield new Solution(
            row.turns("prompt"), StepList.of(row.texts("steps"), row.labels("labels"), "labels"));
      }
      default ->
          throw new InvalidExampleException(
              Defect.WRONG_VALUE,
              "'parley' is \"%s\"; expected one of %s%s"
                  .formatted(kind, new TreeSet<>(KINDS), Spelling.suggestion(kind, KINDS)));
    };
  }

  /**
   * An example as a row of this shape. What is not said (no margin, no tie, no annotator) is left
   * out.
   *
   * @param example any example
   * @return a row that {@link #read} turns into an equal example
   */
  public ObjectNode write(Example example) {
    ObjectNode row = JsonNodeFactory.instance.objectNode();
    row.put(KIND, example.kind());
    if (example instanceof Demonstration demonstration) {
      row.set("conversation", turns(demonstration.conversation()));
      row.put("source", demonstration.source());
    } else if (example instanceof Preference preference) {
      row.set("prompt", turns(preference.prompt()));
      row.set("chosen", turns(preference.chosen()));
      row.set("rejected", turns(preference.rejected()));
      preference.margin().ifPresent(margin -> row.put("margin", margin));
      if (preference.tie()) {
        row.put("tie", true);
      }
      judge(row, preference.source(), preference.annotator());
      preference.confidence().ifPresent(confidence -> row.put("confidence", confidence));
    } else if (example instanceof Verdict verdict) {
      row.set("prompt", turns(verdict.prompt()));
      row.set("answer", turns(verdict.answer()));
      row.put("desirable", verdict.desirable());
    } else if (example instanceof PromptRow prompt) {
      row.set("prompt", turns(prompt.prompt()));
      prompt.referenceAnswer().ifPresent(answer -> row.put("reference_answer", answer));
      if (!prompt.metadata().isEmpty()) {
        ObjectNode metadata = row.putObject("metadata");
        prompt.metadata().forEach(metadata::put);
      }
    } else if (example instanceof Ranking ranking) {
      row.set("prompt", turns(ranking.prompt()));
      ArrayNode answers = row.putArray("answers");
      ranking.answers().forEach(answer -> answers.add(turns(answer)));
      ArrayNode ranks = row.putArray("ranks");
      ranking.ranks().forEach(ranks::add);
      judge(row, ranking.source(), ranking.annotator());
    } else if (example instanceof Rating rating) {
      row.set("prompt", turns(rating.prompt()));
      row.set("answer", turns(rating.answer()));
      ObjectNode scores = row.putObject("scores");
      rating.scores().forEach(scores::put);
    } else if (example instanceof Solution solution) {
      row.set("prompt", turns(solution.prompt()));
      ArrayNode steps = row.putArray("steps");
      ArrayNode labels = row.putArray("labels");
      for (Solution.Step step : solution.steps()) {
        steps.add(step.text());
        if (step.label().isPresent()) {
          labels.add(step.label().getAsDouble());
        } else {
          labels.addNull();
        }
      }
    }
    return row;
  }

  private static void judge(ObjectNode row, PreferenceSource source, String annotator) {
    if (source != PreferenceSource.UNKNOWN) {
      row.put("source", source.fileName());
    }
    if (!annotator.isEmpty()) {
      row.put("annotator", annotator);
    }
  }

  private static ArrayNode turns(List<ChatTurn> turns) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode(turns.size());
    for (ChatTurn turn : turns) {
      list.addObject().put("role", turn.role()).put("content", turn.content());
    }
    return list;
  }

  private static PreferenceSource source(Optional<String> name) {
    if (name.isEmpty()) {
      return PreferenceSource.UNKNOWN;
    }
    List<String> known =
        Arrays.stream(PreferenceSource.values()).map(PreferenceSource::fileName).toList();
    int index = known.indexOf(name.get());
    if (index < 0) {
      throw new InvalidExampleException(
          Defect.WRONG_VALUE,
          "'source' is \"%s\"; expected one of %s%s"
              .formatted(name.get(), known, Spelling.suggestion(name.get(), known)));
    }
    return PreferenceSource.values()[index];
  }

  private static void requireKeys(RowFields row, String... known) {
    Set<String> allowed = new LinkedHashSet<>(List.of(known));
    for (String key : row.keys()) {
      if (!key.equals(KIND) && !allowed.contains(key)) {
        throw new InvalidExampleException(
            Defect.UNKNOWN_SHAPE,
            "'%s' is no field of a %s; expected %s%s"
                .formatted(key, row.text(KIND), allowed, Spelling.suggestion(key, allowed)));
      }
    }
  }
}
