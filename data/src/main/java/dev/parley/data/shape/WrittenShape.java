package dev.parley.data.shape;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The shapes that examples are written in. What an example says and a shape has no field for is
 * refused, unless it is named as something to leave out.
 */
public enum WrittenShape {

  /** Parley's own, which holds everything: see {@link ParleyShape}. */
  PARLEY("parley") {
    @Override
    public List<Column> columns() {
      return List.of(
          Column.text("parley"),
          Column.turns("conversation"),
          Column.turns("prompt"),
          Column.turns("chosen"),
          Column.turns("rejected"),
          Column.turns("answer"),
          new Column("desirable", Column.Type.FLAG),
          new Column("margin", Column.Type.NUMBER),
          new Column("tie", Column.Type.FLAG),
          Column.text("source"),
          Column.text("annotator"),
          new Column("confidence", Column.Type.NUMBER),
          Column.text("reference_answer"),
          new Column("metadata", Column.Type.TEXTS));
    }

    @Override
    public ObjectNode write(Example example, Set<String> leftOut) {
      ObjectNode row = SHAPE.write(example);
      row.remove(leftOut);
      return row;
    }
  },

  /**
   * TRL's: {@code messages} for demonstrations, {@code prompt}, {@code chosen}, {@code rejected}
   * for preferences, {@code prompt}, {@code completion}, {@code label} for verdicts, {@code prompt}
   * for prompts, whose other fields stand beside it as TRL hands them to reward functions.
   */
  TRL("trl") {
    @Override
    public List<Column> columns() {
      return List.of(
          Column.turns("messages"),
          Column.turns("prompt"),
          Column.turns("chosen"),
          Column.turns("rejected"),
          Column.turns("completion"),
          new Column("label", Column.Type.FLAG),
          new Column("margin", Column.Type.NUMBER),
          Column.text("reference_answer"));
    }

    @Override
    public ObjectNode write(Example example, Set<String> leftOut) {
      if (example instanceof Demonstration) {
        return MESSAGES.write(example, leftOut);
      }
      if (example instanceof Ranking) {
        throw new InvalidExampleException(
            Defect.WRONG_KIND,
            "the row is a ranking, for which the shape trl has no fields; write the shape parley, or the ranking's pairs");
      }
      if (example instanceof Rating || example instanceof Solution) {
        throw new InvalidExampleException(
            Defect.WRONG_KIND,
            "the row is a %s, for which the shape trl has no fields; write the shape parley"
                .formatted(example.kind()));
      }
      ObjectNode row = SHAPE.write(example);
      row.remove(leftOut);
      row.remove("parley");
      if (example instanceof Preference preference) {
        refuse(preference.tie(), "it is a tie", "tie", leftOut);
        refuse(
            preference.confidence().isPresent(),
            "'confidence' is " + preference.confidence().orElse(1),
            "confidence",
            leftOut);
        refuse(
            preference.source() != PreferenceSource.UNKNOWN,
            "'source' is " + preference.source().fileName(),
            "source",
            leftOut);
        refuse(
            !preference.annotator().isEmpty(),
            "'annotator' is \"" + preference.annotator() + "\"",
            "annotator",
            leftOut);
      } else if (example instanceof Verdict) {
        row.set("completion", row.remove("answer"));
        row.set("label", row.remove("desirable"));
      } else if (example instanceof PromptRow prompt) {
        row.remove("metadata");
        if (!leftOut.contains("metadata")) {
          spread(prompt.metadata(), row);
        }
      }
      return row;
    }

    private void spread(Map<String, String> metadata, ObjectNode row) {
      for (Map.Entry<String, String> field : metadata.entrySet()) {
        if (PROMPT_KEYS.contains(field.getKey())) {
          throw new InvalidExampleException(
              Defect.UNSUPPORTED,
              "its metadata has a field '%s', which beside 'prompt' would mean something else in the shape trl; write the shape parley, or leave metadata out"
                  .formatted(field.getKey()));
        }
        row.put(field.getKey(), field.getValue());
      }
    }
  },

  /** Demonstrations alone, as {@code messages}: what most fine-tuning tools and services read. */
  MESSAGES("messages") {
    @Override
    public List<Column> columns() {
      return List.of(Column.turns("messages"));
    }

    @Override
    public ObjectNode write(Example example, Set<String> leftOut) {
      if (!(example instanceof Demonstration)) {
        throw new InvalidExampleException(
            Defect.WRONG_KIND,
            "the row is a %s, and the shape messages holds demonstrations alone; write the shape parley or trl%s"
                .formatted(
                    example.kind(),
                    example instanceof Preference ? ", or take the chosen answers" : ""));
      }
      ObjectNode whole = SHAPE.write(example);
      ObjectNode row = whole.objectNode();
      row.set("messages", whole.get("conversation"));
      return row;
    }
  };

  /** What {@code write} can leave out, by the names that users say. */
  public static final List<String> FIELDS =
      List.of("margin", "tie", "source", "annotator", "confidence", "reference_answer", "metadata");

  private static final ParleyShape SHAPE = new ParleyShape();
  private static final Set<String> PROMPT_KEYS = promptKeys();

  private final String text;

  WrittenShape(String text) {
    this.text = text;
  }

  /** The name in options. */
  @Override
  public String toString() {
    return text;
  }

  /** Every field that a row of this shape may have, in order; a table has these columns. */
  public abstract List<Column> columns();

  /**
   * An example as a row.
   *
   * @param leftOut fields of {@link #FIELDS} that may be lost
   * @return the row; reading it gives the example again, but for a demonstration's source and what
   *     was left out
   * @throws InvalidExampleException if the shape cannot say all of it
   */
  public abstract ObjectNode write(Example example, Set<String> leftOut);

  private static void refuse(boolean there, String what, String field, Set<String> leftOut) {
    if (there && !leftOut.contains(field)) {
      throw new InvalidExampleException(
          Defect.UNSUPPORTED,
          "%s, which the shape trl cannot say; write the shape parley, or leave '%s' out"
              .formatted(what, field));
    }
  }

  private static Set<String> promptKeys() {
    Set<String> keys = new TreeSet<>(List.of("prompt", "parley", "answer", "reference_answer"));
    List<RowShape> shapes = new ArrayList<>(RowShapes.ALL);
    shapes.forEach(shape -> keys.addAll(shape.requires()));
    keys.addAll(new PromptShape().excludes());
    keys.addAll(RowFields.NOT_TEXT);
    return keys;
  }
}
